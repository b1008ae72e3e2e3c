package exposure

import (
	"context"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/judge"
	"github.com/davit-cd/davit/internal/ramp"
)

const (
	rampHistory = 600  // seconds before the first exposure that the judge learns from
	rampRead    = 3600 // seconds that are read at a time: a ramp may take weeks
)

// rampJudge is the judgement of one ramp: exposed users against the others. The
// same samples give the same words.
type rampJudge struct {
	judge   *judge.Judge
	exposed int64 // unix second of the first exposure
	next    int64 // unix second to be fed next
	last    judge.Result
	cells   map[ramp.Cell]ramp.Cell
	since   int64 // second the step began
	samples [2]uint64
}

func newRampJudge(settings judge.Settings, exposed int64) *rampJudge {
	return &rampJudge{judge: judge.New(settings), exposed: exposed, next: exposed - rampHistory, cells: map[ramp.Cell]ramp.Cell{}}
}

// feed gives the judge all seconds up to the newest, and tells each of them. It
// goes on where it was if an error ended it.
func (j *rampJudge) feed(ctx context.Context, telemetry Telemetry, r Ramp, newest int64, each func(second int64, share davit.Weight, counts []judge.Count)) error {
	s := r.State
	if began := s.StepSince.Unix(); !s.StepSince.IsZero() && began != j.since {
		j.since, j.samples = began, [2]uint64{}
	}
	for j.next <= newest {
		until := min(newest, j.next+rampRead-1)
		samples, err := telemetry.Samples(ctx, s.Service, s.Environment, j.next, until)
		if err != nil {
			return err
		}
		for ; j.next <= until; j.next++ {
			n := 0
			for n < len(samples) && samples[n].Second <= j.next {
				n++
			}
			share, counts := s.ShareAt(j.next), j.counts(r, samples[:n])
			j.judge.Expect(share.Fraction())
			j.last = j.judge.Second(j.next-j.exposed, counts)
			each(j.next, share, counts)
			samples = samples[n:]
		}
	}
	return nil
}

// counts turns the samples of one second into what the judge reads: exposed
// against not exposed, over all releases alike, because every release has its
// share of both. Before the first exposure everybody is not exposed.
func (j *rampJudge) counts(r Ramp, samples []davit.Sample) []judge.Count {
	if r.Bucket == authoring.Router && releases(samples) > 1 {
		return nil // arm and version are the same users
	}
	var out []judge.Count
	for _, s := range samples {
		c := judge.Count{Instance: s.Instance, Requests: s.Requests, Errors: s.Errors, Hist: s.Hist, Version: judge.Baseline}
		flag, exposed, isArm := s.Mark.Arm()
		switch {
		case j.next < j.exposed && s.Mark == davit.Live:
		case j.next < j.exposed || !isArm || flag != r.State.Flag:
			continue
		default:
			arm := 1
			if exposed {
				c.Version, arm = judge.Canary, 0
			}
			key := ramp.Cell{Release: s.Release, Exposed: exposed}
			cell := j.cells[key]
			cell.Requests, cell.Errors = cell.Requests+s.Requests, cell.Errors+s.Errors
			j.cells[key] = cell
			if j.next >= j.since {
				j.samples[arm] += s.Requests
			}
		}
		out = append(out, c)
	}
	return out
}

func releases(samples []davit.Sample) int {
	seen := map[string]bool{}
	for _, s := range samples {
		if s.Mark == davit.Live && s.Requests > 0 {
			seen[s.Release] = true
		}
	}
	return len(seen)
}
