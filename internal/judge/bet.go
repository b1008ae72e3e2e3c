package judge

import "math"

// mostTerms bounds the exact sum over a hypergeometric distribution; beyond it
// Hoeffding's bound, which is tight for such numbers' purposes, is used.
const mostTerms = 2048

// hyperBound returns the logarithm of a bound M on E[ψ^xc], where xc is the
// share of k hits that falls on the nc requests of one version, out of nc+nb,
// if neither version is worse. Given k the distribution is hypergeometric
// whatever the rate of that second, or is dominated by it if the version is
// better. Exact where the sum is short, else Hoeffding (1963, §6): a sum drawn
// without replacement is dominated in convex order by the one drawn with it.
func hyperBound(nc, nb, k, psi float64) float64 {
	n := nc + nb
	if nc <= 0 || k <= 0 || n <= 0 {
		return 0
	}
	if nb <= 0 {
		return k * math.Log(psi)
	}
	loose := math.Min(nc*math.Log1p(k/n*(psi-1)), k*math.Log1p(nc/n*(psi-1)))
	// The narrow case, share and rate both small, is where the bound loses
	// nothing worth the sum.
	if k/n < 0.02 && nc/n < 0.02 {
		return loose
	}
	if m, ok := hyperExact(nc, nb, k, psi); ok {
		return math.Min(m, loose)
	}
	return loose
}

// hyperExact returns ln E[ψ^X] for X hypergeometric: hits among nc drawn, k
// hits in nc+nb. It walks from the middle of the distribution outwards by the
// ratio of neighbours, and gives up if the walk is long.
func hyperExact(nc, nb, k, psi float64) (float64, bool) {
	low, high := math.Max(0, k-nb), math.Min(k, nc)
	n := nc + nb
	deviation := math.Sqrt(nc / n * nb / n * k * (1 - k/n) * n / math.Max(1, n-1))
	if high-low > mostTerms && 24*deviation > mostTerms/2 {
		return 0, false
	}
	start := math.Min(high, math.Max(low, math.Floor(nc*k/n)))
	const tiny, huge = 1e-19, 1e200
	plain, tilted := 1.0, 1.0 // Σ w and Σ w·ψ^(x−start), with w(start) = 1
	offset := 0.0             // logarithm taken out of tilted
	steps := 0
	w, t := 1.0, 1.0
	for x := start; x < high; x++ {
		r := (nc - x) * (k - x) / ((x + 1) * (nb - k + x + 1))
		w *= r
		t *= r * psi
		plain += w
		tilted += t
		if tilted > huge {
			t /= huge
			tilted /= huge
			offset += math.Log(huge)
		}
		if steps++; steps > mostTerms {
			return 0, false
		}
		if r*psi < 0.9 && t < tiny*tilted && w < tiny*plain {
			break
		}
	}
	w, t = 1.0, math.Exp(-offset)
	for x := start; x > low; x-- {
		r := x * (nb - k + x) / ((nc - x + 1) * (k - x + 1))
		w *= r
		t *= r / psi
		plain += w
		tilted += t
		if steps++; steps > 2*mostTerms {
			return 0, false
		}
		if w < tiny*plain {
			break
		}
	}
	// 1e-12 covers what was cut off and rounding, on the safe side.
	return math.Log(tilted) + offset - math.Log(plain) + start*math.Log(psi) + 1e-12, true
}

// oddsBet returns the log of the e-value of one stratum that bets on hits of
// the new version having odds ψ times those of the old one.
func oddsBet(nc, xc, nb, xb, psi float64) float64 {
	if nc <= 0 || nb <= 0 || xc+xb <= 0 {
		return 0
	}
	return xc*math.Log(psi) - hyperBound(nc, nb, xc+xb, psi)
}

// quickOddsBet is oddsBet with Hoeffding's bound only.
func quickOddsBet(nc, xc, nb, xb, psi, logPsi float64) float64 {
	n, k := nc+nb, xc+xb
	if nc <= 0 || nb <= 0 || k <= 0 {
		return 0
	}
	return xc*logPsi - math.Min(nc*math.Log1p(k/n*(psi-1)), k*math.Log1p(nc/n*(psi-1)))
}

// rateBet is the bet of a version without a control: hits have odds ψ times
// those of rate p. For a true rate of at most p its mean is at most 1.
func rateBet(nc, xc, p, psi float64) float64 {
	return xc*math.Log(psi) - nc*math.Log1p(p*(psi-1))
}

// scoreBet bets with strength λ that the scores of the new version are higher.
// sc, sb are sums of scores, up and down the pooled sums of exp(±λ·score).
// Both ways of drawing without replacement, the new version out of the pool or
// the old one, give a bound that depends on the pool only; the lower is used.
func scoreBet(nc, sc, nb, sb, lambda, up, down float64) float64 {
	n := nc + nb
	if nc <= 0 || nb <= 0 {
		return 0
	}
	m := math.Min(nc*math.Log(up/n), lambda*(sc+sb)+nb*math.Log(down/n))
	return lambda*sc - m
}

// safetyBet returns the log of the e-value of one stratum against "the new
// version's rate is at least c times the old one's plus m", for the
// alternative that the rates are pc and pb. The denominator is the
// Kullback–Leibler projection of the alternative on the boundary of that
// half-plane, which makes the mean at most 1 for every pair of rates in it,
// also if they differ from second to second (Turner, Ly & Grünwald 2024; the
// proof is ln(1+x) ≤ x and the first-order condition of the projection).
func safetyBet(nc, xc, nb, xb, pc, pb, c, m float64) float64 {
	if nc <= 0 || nb <= 0 {
		return 0
	}
	pc, pb = clampRate(pc), clampRate(pb)
	if pc >= c*pb+m {
		return 0 // the alternative is not safe by itself: nothing to be shown
	}
	qb := project(nc, nb, pc, pb, c, m)
	qc := c*qb + m
	return xc*math.Log(pc/qc) + (nc-xc)*math.Log((1-pc)/(1-qc)) +
		xb*math.Log(pb/qb) + (nb-xb)*math.Log((1-pb)/(1-qb))
}

// project minimises nc·KL(pc‖c·q+m) + nb·KL(pb‖q) over q. The minimum lies
// between the minima of the two terms; Newton inside a shrinking bracket.
func project(nc, nb, pc, pb, c, m float64) float64 {
	low, high := math.Max(1e-12, (pc-m)/c), math.Min(pb, (1-m)/c-1e-12)
	if high <= low {
		return low
	}
	q := (nc*c*low + nb*high) / (nc*c + nb)
	for range 60 {
		r := c*q + m
		slope := nc*c*(r-pc)/(r*(1-r)) + nb*(q-pb)/(q*(1-q))
		if slope > 0 {
			high = q
		} else {
			low = q
		}
		curve := nc*c*c*(pc/(r*r)+(1-pc)/((1-r)*(1-r))) + nb*(pb/(q*q)+(1-pb)/((1-q)*(1-q)))
		next := q - slope/curve
		if !(next > low && next < high) {
			next = low + (high-low)/2
		}
		if math.Abs(next-q) <= 1e-13*q {
			return next
		}
		q = next
	}
	return q
}

func clampRate(p float64) float64 { return math.Min(1-1e-6, math.Max(1e-6, p)) }
