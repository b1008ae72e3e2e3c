package judge

// track remembers what each block brought to one bet, before φ: the newest
// blocks one by one, and all blocks in stretches, which double in length when
// there are too many, so that it reaches back to the beginning in constant
// space.
type track struct {
	fine    [fineBlocks]float64
	coarse  [coarseBlocks]float64
	stretch int // blocks in one of coarse; 0: nothing is in it yet
	next    int // number of the first block that is not in it yet
}

const (
	fineBlocks    = 60 // three minutes
	coarseBlocks  = 60
	firstStretch  = 5 // blocks
	mostSkipped   = 1 << 20
	stretchFactor = 2
)

// put notes the gain of block b. Blocks left out brought nothing.
func (k *track) put(b int, gain float64) {
	if b < k.next {
		return
	}
	if b-k.next > mostSkipped { // weeks of silence: begin anew
		*k = track{next: b}
	}
	k.stretch = max(k.stretch, firstStretch)
	for ; k.next <= b; k.next++ {
		k.fine[k.next%fineBlocks] = 0
	}
	for b/k.stretch >= coarseBlocks {
		k.halve()
	}
	k.fine[b%fineBlocks] = gain
	k.coarse[b/k.stretch] += gain
}

// halve puts neighbouring stretches together.
func (k *track) halve() {
	k.stretch *= stretchFactor
	for i := range k.coarse {
		sum := 0.0
		for _, g := range k.coarse[min(coarseBlocks, i*stretchFactor):min(coarseBlocks, (i+1)*stretchFactor)] {
			sum += g
		}
		k.coarse[i] = sum
	}
}

// void takes back what spoke against the new version in the last n blocks.
func (k *track) void(n int) {
	for b := k.next - 1; b >= max(0, k.next-min(n, fineBlocks)); b-- {
		if g := &k.fine[b%fineBlocks]; *g > 0 {
			k.coarse[b/k.stretch] -= *g
			*g = 0
		}
	}
}

// recent fills v with the gains of the newest blocks one by one, ending in that
// of the present one, and returns how many there are.
func (k *track) recent(v *[fineBlocks + 1]float64, now float64) int {
	n := 0
	for b := max(0, k.next-fineBlocks); b < k.next; b++ {
		v[n] = k.fine[b%fineBlocks]
		n++
	}
	v[n] = now
	return n + 1
}

// whole fills v with the gains of all stretches and returns how many there are.
func (k *track) whole(v *[fineBlocks + 1]float64, now float64) int {
	n := 0
	if k.next > 0 {
		n = copy(v[:], k.coarse[:(k.next-1)/k.stretch+1])
	}
	v[n] = now
	return n + 1
}
