package judge

import "math"

// blockSeconds is the length of a block: no single moment convicts, so the
// gain inside one block is capped.
const blockSeconds = 3

// startMass returns how much of the prior mass of start times lies in steps
// 0 … b: half at the very start, a quarter falling as 1/(b(b+1)), a quarter
// even over 1,200 steps (an hour of blocks). A regression that begins in minute
// five is so not buried under five good minutes (Shiryaev 1963).
func startMass(b float64) float64 {
	if b < 0 {
		return 0
	}
	return 0.5 + 0.25*(b/(b+1)) + 0.25*math.Min(b, 1200)/1200
}

// mostHeld bounds how many blocks can be held; a cold process is not excused
// for longer.
const mostHeld = 48

// process is the average over start times of one bet's e-process. Its value
// has mean at most 1 at every time, whenever it is looked at (Ville 1939).
//
// Blocks can be held while it is open whether they are to be excused: held
// blocks count only where they speak for the new version. Letting go counts
// them in full, excusing them leaves it at that. Both give at most what never
// having held them would have given, so no guarantee is lost.
type process struct {
	weight float64 // share in the mixture of all bets
	most   float64 // cap on the log gain of one block
	base   float64 // evolved mass at the start of the block, or of the held ones
	gain   float64 // log gain in this block so far
	raw    float64 // the same before φ
	step   float64 // number of the block; -1 before the first
	held   [mostHeld]struct{ gain, mass float64 }
	count  int     // held blocks
	mass   float64 // of start times that came in held blocks
	low    float64 // Σ min(0, gain) of held blocks
	hold   bool    // the present block is held as well
	track  track   // what each block brought
}

// ceiling keeps numbers finite; lowering an e-process is always allowed.
const ceiling = 1e200

func grow(v, gain, most float64) float64 {
	return math.Min(ceiling, v*math.Exp(math.Min(400, math.Min(most, gain))))
}

// advance begins block b, if it is not under way already.
func (p *process) advance(b float64) {
	if b <= p.step {
		return
	}
	mass := startMass(b) - startMass(p.step)
	if p.hold && p.count < mostHeld {
		p.held[p.count].gain, p.held[p.count].mass = p.gain, mass
		p.count++
		p.low += math.Min(0, p.gain)
		p.mass += mass
	} else {
		p.excuse()
		p.base = grow(p.base, p.gain, p.most) + mass
	}
	if p.step >= 0 {
		p.track.put(int(p.step), p.raw)
	}
	p.gain, p.raw = 0, 0
	p.step = b
}

// add takes in a log gain, of which φ leaves a part.
func (p *process) add(gain, phi float64) {
	p.gain += gain / phi
	p.raw += gain
}

// evolved returns the evidence of the start times reached so far.
func (p *process) evolved() float64 {
	if p.hold || p.count > 0 {
		return (p.base + p.mass) * math.Exp(p.low+math.Min(0, p.gain))
	}
	return grow(p.base, p.gain, p.most)
}

// value returns the e-value: start times not reached yet stand at 1.
func (p *process) value() float64 {
	if p.step < 0 {
		return 1
	}
	return p.evolved() + 1 - startMass(p.step)
}

// release counts what is held in full.
func (p *process) release() {
	for _, h := range p.held[:p.count] {
		p.base = grow(p.base, h.gain, p.most) + h.mass
	}
	p.count, p.mass, p.low = 0, 0, 0
}

// excuse drops what is held, but for what speaks for the new version.
func (p *process) excuse() {
	if p.count > 0 {
		p.base = (p.base + p.mass) * math.Exp(p.low)
		p.track.void(p.count)
	}
	p.count, p.mass, p.low = 0, 0, 0
	if p.hold {
		p.gain, p.raw = math.Min(0, p.gain), math.Min(0, p.raw)
	}
}

// soften divides the logarithm of evidence above 1 by f ≥ 1, when the traffic
// proves more clustered than was known.
func (p *process) soften(f float64) {
	for i := range p.held[:p.count] {
		if g := &p.held[i].gain; *g > 0 {
			*g /= f
		}
	}
	if p.base > 1 {
		p.base = math.Pow(p.base, 1/f)
	}
	if p.gain > 0 {
		p.gain /= f
	}
}
