package judge

// incident notices that the baseline is far from its own normal: something
// shared is broken, and nothing seen meanwhile speaks for a promotion.
type incident struct {
	n, x, ok, score float64 // fading over ten seconds
	on              bool
}

func (i *incident) note(a *arm, r *reference) {
	const keep = 0.9
	i.n = i.n*keep + a.n
	i.x = i.x*keep + a.x
	i.ok *= keep
	i.score *= keep
	if r.ready {
		for j, n := range a.hist {
			i.ok += n
			i.score += n * r.score[j]
		}
	}
	if r.since < 30 {
		return // nothing is normal yet
	}
	rate, usual := 0.0, r.errorRate()
	if i.n > 0 {
		rate = i.x / i.n
	}
	slow := 0.0
	if i.ok >= 30 {
		slow = i.score / i.ok
	}
	if i.on {
		i.on = rate > 2*usual+0.01 || slow > 0.5
	} else {
		i.on = (i.x >= 5 && rate > 3*usual+0.02) || slow > 0.9
	}
}
