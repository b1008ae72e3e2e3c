package judge

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// binomial is the slow, obvious coefficient.
func binomial(n, k int) *big.Float {
	return new(big.Float).SetInt(new(big.Int).Binomial(int64(n), int64(k)))
}

// slowHyper is E[ψ^X] by the definition.
func slowHyper(nc, nb, k int, psi float64) float64 {
	sum := new(big.Float)
	for x := max(0, k-nb); x <= min(k, nc); x++ {
		term := new(big.Float).Mul(binomial(nc, x), binomial(nb, k-x))
		for range x {
			term.Mul(term, big.NewFloat(psi))
		}
		sum.Add(sum, term)
	}
	mean, _ := sum.Quo(sum, binomial(nc+nb, k)).Float64()
	return mean
}

func TestHyperIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nc, nb := rapid.IntRange(1, 60).Draw(t, "nc"), rapid.IntRange(1, 60).Draw(t, "nb")
		k := rapid.IntRange(1, nc+nb).Draw(t, "k")
		psi := rapid.SampledFrom([]float64{1.5, 2.5, 6, 20, 100}).Draw(t, "psi")
		got, ok := hyperExact(float64(nc), float64(nb), float64(k), psi)
		want := math.Log(slowHyper(nc, nb, k, psi))
		if !ok || math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
			t.Fatalf("ln E = %v, %v, want %v", got, ok, want)
		}
		if b := hyperBound(float64(nc), float64(nb), float64(k), psi); b < want-1e-9 {
			t.Fatalf("bound %v below the true %v", b, want)
		}
	})
}

// TestOddsBetIsFair sums the e-value over every outcome of small strata with
// equal rates, and with the new version better: the mean must not exceed 1.
func TestOddsBetIsFair(t *testing.T) {
	for _, n := range [][2]int{{1, 1}, {3, 7}, {8, 2}, {5, 5}, {1, 12}} {
		for _, p := range []float64{0.01, 0.2, 0.7} {
			for _, better := range []float64{1, 0.5} {
				for _, psi := range errorOdds {
					mean := 0.0
					for xc := 0; xc <= n[0]; xc++ {
						for xb := 0; xb <= n[1]; xb++ {
							e := math.Exp(oddsBet(float64(n[0]), float64(xc), float64(n[1]), float64(xb), psi))
							mean += chanceOf(n[0], xc, p*better) * chanceOf(n[1], xb, p) * e
						}
					}
					if mean > 1+1e-9 {
						t.Errorf("n %v, p %v, ψ %v: mean %v", n, p, psi, mean)
					}
				}
			}
		}
	}
}

func chanceOf(n, x int, p float64) float64 {
	c, _ := binomial(n, x).Float64()
	return c * math.Pow(p, float64(x)) * math.Pow(1-p, float64(n-x))
}

// TestSafetyBetIsFair does the same for every pair of rates that is worse than
// the margin.
func TestSafetyBetIsFair(t *testing.T) {
	for _, n := range [][2]int{{1, 1}, {4, 9}, {9, 3}} {
		for _, alt := range []float64{0.001, 0.05, 0.3} {
			for _, line := range [][2]float64{{1, 0.005}, {1, 0.05}, {0.8, 0.001}, {1.2, 0.02}} {
				for pb := 0.0; pb <= 0.6; pb += 0.03 {
					for pc := line[0]*pb + line[1]; pc <= 1; pc += 0.06 {
						mean := 0.0
						for xc := 0; xc <= n[0]; xc++ {
							for xb := 0; xb <= n[1]; xb++ {
								g := safetyBet(float64(n[0]), float64(xc), float64(n[1]), float64(xb), alt*0.9, alt, line[0], line[1])
								mean += chanceOf(n[0], xc, pc) * chanceOf(n[1], xb, pb) * math.Exp(g)
							}
						}
						if mean > 1+1e-6 {
							t.Fatalf("n %v, alternative %v, line %v, rates %v %v: mean %v", n, alt, line, pc, pb, mean)
						}
					}
				}
			}
		}
	}
}

// TestScoreBetIsFair averages over every way of dealing a second's scores out
// to the two versions.
func TestScoreBetIsFair(t *testing.T) {
	scores := []float64{-1.4, -0.8, -0.1, 0, 0.3, 0.9, 2.5, 3}
	for _, lambda := range lambdas {
		var up, down, all float64
		for _, s := range scores {
			up += math.Exp(lambda * s)
			down += math.Exp(-lambda * s)
			all += s
		}
		for nc := 1; nc < len(scores); nc++ {
			mean, ways := 0.0, 0.0
			for deal := range 1 << len(scores) {
				n, sc := 0, 0.0
				for i, s := range scores {
					if deal>>i&1 == 1 {
						n++
						sc += s
					}
				}
				if n == nc {
					ways++
					mean += math.Exp(scoreBet(float64(nc), sc, float64(len(scores)-nc), all-sc, lambda, up, down))
				}
			}
			if mean/ways > 1+1e-9 {
				t.Errorf("λ %v, %d of %d: mean %v", lambda, nc, len(scores), mean/ways)
			}
		}
	}
}

func TestRateBetIsFair(t *testing.T) {
	for _, p := range []float64{0, 0.01, 0.1} {
		mean := 0.0
		for x := 0; x <= 12; x++ {
			mean += chanceOf(12, x, p) * math.Exp(rateBet(12, float64(x), 0.1, 20))
		}
		if mean > 1+1e-9 {
			t.Errorf("rate %v: mean %v", p, mean)
		}
	}
}

func TestStartMassAddsUp(t *testing.T) {
	last := 0.0
	for b := range 100_000 {
		m := startMass(float64(b))
		if m < last || m > 1 {
			t.Fatalf("mass up to %d: %v after %v", b, m, last)
		}
		last = m
	}
}

// TestHoldingNeverGains checks that holding a block, whatever becomes of it,
// gives at most what not holding it gives.
func TestHoldingNeverGains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain, held := process{weight: 1, most: 3, step: -1}, process{weight: 1, most: 3, step: -1}
		for b := range 30 {
			plain.advance(float64(b))
			held.advance(float64(b))
			held.hold = rapid.Bool().Draw(t, "hold")
			g := rapid.Float64Range(-4, 4).Draw(t, "gain")
			plain.gain += g
			held.gain += g
			switch rapid.IntRange(0, 4).Draw(t, "fate") {
			case 0:
				held.release()
			case 1:
				held.excuse()
			}
			if held.value() > plain.value()*(1+1e-9) {
				t.Fatalf("block %d: held %v, plain %v", b, held.value(), plain.value())
			}
		}
	})
}

// TestSafetyBetIsFairForParts does the same for observations between 0 and 1, as
// a threshold inside a bucket makes them: hits that count a quarter or in full.
func TestSafetyBetIsFairForParts(t *testing.T) {
	const nc, nb = 4, 5
	for _, alt := range []float64{0.02, 0.2} {
		for _, whole := range []float64{0, 0.3, 1} { // of the hits that count in full
			worth := whole + (1-whole)/4
			for rate := 0.05; rate <= 0.6; rate += 0.05 {
				mean := 0.0
				for fullC := 0; fullC <= nc; fullC++ {
					for partC := 0; partC <= nc-fullC; partC++ {
						for fullB := 0; fullB <= nb; fullB++ {
							for partB := 0; partB <= nb-fullB; partB++ {
								chance := chanceOfTwo(nc, fullC, partC, rate*whole, rate*(1-whole)) * chanceOfTwo(nb, fullB, partB, rate*whole, rate*(1-whole))
								xc, xb := float64(fullC)+float64(partC)/4, float64(fullB)+float64(partB)/4
								mean += chance * math.Exp(safetyBet(nc, xc, nb, xb, alt*0.7, alt, 1, 0))
							}
						}
					}
				}
				if mean > 1+1e-6 {
					t.Fatalf("alternative %v, rate %v worth %v: mean %v", alt, rate, worth, mean)
				}
			}
		}
	}
}

// chanceOfTwo is the trinomial chance of a and b hits of two kinds among n.
func chanceOfTwo(n, a, b int, p, q float64) float64 {
	return chanceOf(n, a, p) * chanceOf(n-a, b, q/(1-p+1e-300))
}
