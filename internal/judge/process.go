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
	return 0.5 + 0.25*(b/(b+1)) + 0.25*math.Min(b, 1200)/1200
}

// process is the average over start times of one bet's e-process. Its value
// has mean at most 1 at every time, whenever it is looked at (Ville 1939).
type process struct {
	weight float64 // share in the mixture of all bets
	most   float64 // cap on the log gain of one block
	base   float64 // evolved mass at the start of the block
	gain   float64 // log gain in this block so far
	step   float64 // number of the block; -1 before the first
}

// ceiling keeps numbers finite; lowering an e-process is always allowed.
const ceiling = 1e200

// advance begins block b, if it is not under way already.
func (p *process) advance(b float64) {
	if b <= p.step {
		return
	}
	spent := 0.0
	if p.step >= 0 {
		spent = startMass(p.step)
	}
	p.base = p.evolved() + startMass(b) - spent
	p.gain = 0
	p.step = b
}

// evolved returns the evidence of the start times reached so far.
func (p *process) evolved() float64 {
	return math.Min(ceiling, p.base*math.Exp(math.Min(400, math.Min(p.most, p.gain))))
}

// value returns the e-value: start times not reached yet stand at 1.
func (p *process) value() float64 {
	if p.step < 0 {
		return 1
	}
	return p.evolved() + 1 - startMass(p.step)
}

// soften divides the logarithm of evidence above 1 by f ≥ 1, when the traffic
// proves more clustered than was known.
func (p *process) soften(f float64) {
	if v := p.evolved(); v > 1 {
		p.base = math.Pow(v, 1/f)
		p.gain = 0
	}
}
