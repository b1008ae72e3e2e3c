package engine

import (
	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/judge"
	"github.com/davit-cd/davit/internal/ramp"
)

// History is how many seconds before the first exposure the judge learns what
// is normal from.
const History = 600

// Trial is the judgement of one rollout: what the judge is fed, second by
// second, and nothing else. The same samples give the same verdicts, so a
// verdict can be recomputed from the store.
type Trial struct {
	Settings judge.Settings
	Exposed  int64 // unix second of the first exposure: the judge's second 0
	New, Old string

	live, probes, mirror *judge.Judge
	next                 int64 // unix second to be fed next
	recent               [10]uint64
	arms                 tables
}

// NewTrial begins a judgement; the first second to feed is First().
func NewTrial(settings judge.Settings, exposed int64, newRelease, oldRelease string) *Trial {
	return &Trial{
		Settings: settings, Exposed: exposed, New: newRelease, Old: oldRelease,
		live: judge.New(settings), probes: judge.New(settings), mirror: judge.New(settings), next: exposed - History, arms: tables{},
	}
}

// First returns the unix second to feed next.
func (t *Trial) First() int64 { return t.next }

// Word is the judge's word on one second.
type Word struct {
	Second  int64
	Live    judge.Result
	Probes  judge.Result
	Mirror  judge.Result
	Traffic uint64     // live requests of the new version in the last ten seconds
	Blame   ramp.Blame // with a FAIL: the flag that the errors come with
}

// Feed takes all samples of one second. Seconds must come in order; share is
// the new version's share of the traffic when the second began.
func (t *Trial) Feed(second int64, samples []davit.Sample, share davit.Weight) Word {
	at := second - t.Exposed
	w := Word{Second: second}
	t.live.Expect(share.Fraction())
	w.Live = t.live.Second(at, t.counts(samples, davit.Live, davit.Live))
	w.Probes = t.probes.Second(at, t.counts(samples, davit.Probe, davit.Probe))
	w.Mirror = t.mirror.Second(at, t.counts(samples, davit.Mirror, davit.Live))
	t.recent[((second%10)+10)%10] = t.requests(samples)
	for _, n := range t.recent {
		w.Traffic += n
	}
	t.next = second + 1
	if at >= 0 {
		t.arms.add(samples, t.New, t.Old)
	}
	if w.Live.Verdict == davit.Fail {
		w.Blame = t.arms.accuse()
	}
	return w
}

func (t *Trial) requests(samples []davit.Sample) (n uint64) {
	for _, s := range samples {
		if s.Release == t.New && s.Mark == davit.Live {
			n += s.Requests
		}
	}
	return n
}

// counts turns samples into what the judge reads: the new version's with one
// mark against the old one's with another.
func (t *Trial) counts(samples []davit.Sample, newMark, oldMark davit.Mark) []judge.Count {
	var out []judge.Count
	for _, s := range samples {
		c := judge.Count{Instance: s.Instance, Requests: s.Requests, Errors: s.Errors, Hist: s.Hist}
		switch {
		case s.Release == t.New && s.Mark == newMark:
			c.Version = judge.Canary
		case s.Release == t.Old && s.Mark == oldMark:
			c.Version = judge.Baseline
		default:
			continue
		}
		out = append(out, c)
	}
	return out
}
