package judge

import "math"

const (
	fewestParts = 7    // into which time is divided to see whether harm is there all the time
	leastPart   = 0.25 // of what parts bring on average: what each must bring
	partWorth   = 20   // nats that a part should bring: the stronger the evidence, the finer the parts

	// restNeeded is the log of the evidence, 100 to 1, that must be left without
	// the most telling stretch of one burst.
	restNeeded = 2 * math.Ln10
)

// series is what the bets on one metric brought, block after block or stretch
// after stretch, up to now.
type series struct {
	gain [mostBets][fineBlocks + 1]float64
	bets int
	n    int
}

// mostBets is the most bets on one metric.
const mostBets = 5

// sustained reports whether the evidence on a metric is more than bursts of at
// most that many seconds can bring.
func (h *harm) sustained(m metric, burst int) bool {
	var v series
	v.bets = len(h.bets[m])
	for i := range h.bets[m] {
		p := &h.bets[m][i]
		v.n = p.track.recent(&v.gain[i], p.raw)
	}
	need := (h.need - math.Ln2) * h.phi[m]
	if v.lasts(need, 0, blocksOf(burst, blockSeconds)) {
		return true
	}
	for i := range h.bets[m] {
		p := &h.bets[m][i]
		v.n = p.track.whole(&v.gain[i], p.raw)
	}
	length := max(1, h.bets[m][0].track.stretch)
	return v.lasts(need, fineBlocks/length, blocksOf(burst, blockSeconds*length))
}

// blocksOf returns how many blocks a burst touches at most.
func blocksOf(burst, length int) int { return (burst+length-1)/length + 1 }

// lasts looks for a beginning, at least so many blocks ago, since which there
// is harm all the time: the bet that has won most since then has won what is
// needed, its share in each part of the time, and clearly even without the best
// window of blocks. The bet that fits best is the one to ask: it loses most
// when what it bets on is gone, so two bursts with calm between them do not
// look like one long harm.
func (v *series) lasts(need float64, least, window int) bool {
	var sum [mostBets]float64
	for s := v.n - 1; s >= 0; s-- {
		best := 0
		for i := range v.bets {
			if sum[i] += v.gain[i][s]; sum[i] > sum[best] {
				best = i
			}
		}
		length := v.n - s
		if sum[best] < need || length < max(least, window+1, fewestParts) {
			continue
		}
		since := v.gain[best][s:v.n]
		parts := min(length, max(fewestParts, int(math.Min(fineBlocks, sum[best]/partWorth))))
		if everywhere(since, parts, leastPart*sum[best]/float64(parts)) && sum[best]-mostIn(since, window) >= restNeeded {
			return true
		}
	}
	return false
}

// everywhere reports whether each part of the time brings at least so much.
func everywhere(v []float64, parts int, least float64) bool {
	for p := range parts {
		sum := 0.0
		for _, g := range v[p*len(v)/parts : (p+1)*len(v)/parts] {
			sum += g
		}
		if sum < least {
			return false
		}
	}
	return true
}

// mostIn returns the largest sum of a stretch of window blocks.
func mostIn(v []float64, window int) float64 {
	sum, most := 0.0, 0.0
	for i, g := range v {
		sum += g
		if i >= window {
			sum -= v[i-window]
		}
		most = math.Max(most, sum)
	}
	return most
}
