package davit

import "math"

// Low returns the lower bound of the bucket in milliseconds, inclusive.
func (b Bucket) Low() float64 {
	if b.Index == 0 {
		return 0
	}
	return math.Exp2(float64(b.Index) / 8)
}

// High returns the upper bound of the bucket in milliseconds, exclusive.
func (b Bucket) High() float64 { return math.Exp2(float64(b.Index+1) / 8) }

// Total returns how many latencies h counts.
func (h Hist) Total() (n uint64) {
	for _, b := range h {
		n += b.Count
	}
	return n
}

// Merge returns a histogram of what h and other count together.
func (h Hist) Merge(other Hist) Hist {
	out := make(Hist, 0, max(len(h), len(other)))
	for len(h) > 0 && len(other) > 0 {
		switch a, b := h[0], other[0]; {
		case a.Index < b.Index:
			out, h = append(out, a), h[1:]
		case a.Index > b.Index:
			out, other = append(out, b), other[1:]
		default:
			out = append(out, Bucket{a.Index, a.Count + b.Count})
			h, other = h[1:], other[1:]
		}
	}
	return append(append(out, h...), other...)
}

// Quantile returns the latency in milliseconds that the share q (0 … 1) of the
// counted ones does not exceed, 0 if there are none. Inside a bucket, which is
// 9 % wide, latencies are taken to be spread evenly on the logarithmic scale.
func (h Hist) Quantile(q float64) float64 {
	rank := min(max(q, 0), 1) * float64(h.Total())
	below := 0.0
	for i, b := range h {
		count := float64(b.Count)
		if below+count < rank && i < len(h)-1 || b.Count == 0 {
			below += count
			continue
		}
		share := min(max((rank-below)/count, 0), 1)
		if b.Index == 0 {
			return share * b.High()
		}
		return b.Low() * math.Pow(b.High()/b.Low(), share)
	}
	return 0
}

// Mean returns the mean latency in milliseconds, taking each for the middle of
// its bucket; 0 if there are none.
func (h Hist) Mean() float64 {
	var sum, n float64
	for _, b := range h {
		sum += float64(b.Count) * (b.Low() + b.High()) / 2
		n += float64(b.Count)
	}
	if n == 0 {
		return 0
	}
	return sum / n
}
