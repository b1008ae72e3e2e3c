package exposure

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/experiment"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/judge"
	"github.com/davit-cd/davit/internal/ramp"
)

// staleAfter is how old telemetry may be; older is no telemetry.
const staleAfter = 5 * time.Second

// rampLook judges one ramp, second by second. It is built again from the
// telemetry after a restart: the same samples give the same words.
type rampLook struct {
	book    *Book
	drawing *rampDrawing // nil: nobody was exposed yet
}

// look gives the word of judge and gates on this moment.
func (l *rampLook) look(ctx context.Context, r Ramp) ramp.Looked {
	s, b := r.State, l.book
	in := ramp.Looked{Verdict: davit.Continue, At: b.now()}
	in.Finding = davit.Finding{Gate: "judge", Answer: davit.Waiting, Reason: "nobody is exposed yet", Epoch: s.Epoch, Step: s.Step, At: in.At, Evidence: map[string]string{}}
	dep := Deployment{}
	if s.Service != "" && b.ports.Deployment != nil {
		var err error
		if dep, err = b.ports.Deployment(ctx, s.Service, s.Environment); err != nil {
			in.Verdict, in.Finding.Reason = davit.NoData, "what runs of "+s.Service+" is not known: "+err.Error()
			return in
		}
		in.Gates = append(in.Gates, rolloutGate(r, dep, in.At))
	}
	l.gates(r, &in)
	if s.Exposed.IsZero() {
		return in
	}
	if s.Service == "" {
		in.Verdict, in.Finding.Answer, in.Finding.Reason = davit.Pass, davit.Passed, "the guards find no harm"
		return in
	}
	if err := l.feed(ctx, r, dep); err != nil {
		in.Verdict, in.Finding.Reason = davit.NoData, "the telemetry cannot be read: "+err.Error()
		return in
	}
	l.say(s, &in)
	if in.Samples == [2]uint64{} {
		in.Samples = l.drawing.judge.samples
	}
	return in
}

// rolloutGate keeps deploy and ramp apart. A ramp does not begin in the middle
// of a rollout. One that runs is told apart by release and arm, as its users
// are drawn by another hash; only one that shares the router's hash must wait.
func rolloutGate(r Ramp, dep Deployment, at time.Time) davit.Finding {
	f := davit.Finding{Gate: "rollout", Answer: davit.Passed, Reason: "no rollout is under way", At: at}
	switch {
	case dep.Rollout == "":
	case r.State.Phase == ramp.Pending:
		f.Answer, f.Reason = davit.Waiting, dep.Rollout+" is under way"
	case r.Bucket == authoring.Router:
		f.Answer, f.Reason = davit.Waiting, dep.Rollout+" is under way with the same users: what they meet cannot be told apart"
	default:
		f.Reason = dep.Rollout + " is under way with other users: the two are told apart"
	}
	return f
}

// feed brings the judge up to the newest second.
func (l *rampLook) feed(ctx context.Context, r Ramp, dep Deployment) error {
	if l.drawing == nil {
		l.drawing = newRampDrawing(dep.Settings, r.State.Exposed.Unix())
		l.book.ramps.draw(r.State.ID, l.drawing)
	}
	l.book.ramps.mu.Lock()
	newest := l.book.ramps.second
	l.book.ramps.mu.Unlock()
	return l.drawing.feed(ctx, l.book.ports.Telemetry, r, newest)
}

// say puts the judge's word into a finding.
func (l *rampLook) say(s ramp.State, in *ramp.Looked) {
	r, scale := l.drawing.judge.last, s.Scale()
	verdict := r.Verdict
	switch {
	case r.Verdict == davit.Fail:
	case r.Safe(scale):
		verdict = davit.Pass
	case r.Verdict == davit.Pass:
		verdict = davit.Continue
	}
	why := l.sentence(s, r, verdict)
	if verdict != davit.Fail && in.At.Sub(time.Unix(l.drawing.judge.next, 0)) > staleAfter {
		verdict, why = davit.NoData, "the router has measured nothing lately"
	}
	in.Verdict, in.Finding.Reason, in.Finding.Answer = verdict, why, davit.Waiting
	switch verdict {
	case davit.Pass:
		in.Finding.Answer = davit.Passed
	case davit.Fail:
		in.Finding.Answer = davit.Refused
	case davit.Continue, davit.NoData:
	}
	number := func(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }
	in.Finding.Evidence = map[string]string{
		"metric": r.Metric, "verdict": string(verdict), "second": fmt.Sprint(l.drawing.judge.next - 1), "scale": number(scale),
		"harm": number(r.Harm), "harm_needed": number(r.HarmNeeded), "safety": number(r.Safety[0]), "safety_needed": number(r.SafetyNeeded),
		"exposed_requests": fmt.Sprint(r.Canary.Requests), "exposed_errors": fmt.Sprint(r.Canary.Errors),
		"other_requests": fmt.Sprint(r.Baseline.Requests), "other_errors": fmt.Sprint(r.Baseline.Errors),
	}
	if verdict != davit.Fail {
		return
	}
	var cells []ramp.Cell
	for key, c := range l.drawing.judge.cells {
		key.Requests, key.Errors = c.Requests, c.Errors
		cells = append(cells, key)
	}
	blame := ramp.Accuse(s.Flag, cells)
	if blame.Sentence != "" {
		in.Finding.Reason += "; " + blame.Sentence
		in.Finding.Evidence["cause"], in.Finding.Evidence["removes"] = string(blame.Cause), number(blame.Removes)
	}
}

// sentence says what the judge said, of users instead of versions.
func (l *rampLook) sentence(s ramp.State, r judge.Result, v davit.Verdict) string {
	percent := func(t judge.Tally) float64 { return 100 * float64(t.Errors) / float64(max(t.Requests, 1)) }
	with := fmt.Sprintf("%.2g %% errors with %s against %.2g %% without, %d requests", percent(r.Canary), s.Plan.Variant, percent(r.Baseline), r.Canary.Requests)
	if v == davit.Pass {
		return with + ": shown to be no worse than this step allows"
	}
	return strings.NewReplacer("the new version", "those with "+s.Plan.Variant, "new version", "those with "+s.Plan.Variant, "the old version", "the others", "old version", "the others", "the old one", "the others").Replace(r.Why)
}

// guardDesign is what the guards of a ramp are judged by. Each step is a study
// of its own, since the shares differ; together they may err with alpha.
func guardDesign(p ramp.Plan, metrics []experiment.Metric) experiment.Design {
	d := experiment.Design{
		Variants: []experiment.Arm{{Name: p.Control, Share: 1}, {Name: p.Variant, Share: 1}},
		Metrics:  append([]experiment.Metric(nil), metrics...), Alpha: max(0.01/float64(max(len(p.Steps), 1)), 1e-6), Tuning: 2000,
	}
	for i := range d.Metrics {
		d.Metrics[i].Guard = true
	}
	return d
}

// rampStudy names the study of one step.
func rampStudy(s ramp.State, step int) string { return fmt.Sprintf("ramp/%s/%d", s.ID, step) }

// gates asks the guards over events and the ratio of exposed users.
func (l *rampLook) gates(r Ramp, in *ramp.Looked) {
	s := r.State
	if len(r.Metrics) == 0 || s.Share == 0 || l.book.ports.Studies == nil {
		return
	}
	d := guardDesign(s.Plan, r.Metrics)
	d.Variants[0].Share, d.Variants[1].Share = 1-s.Share.Fraction(), s.Share.Fraction()
	if s.Share >= davit.Full {
		return // there is nobody to compare with
	}
	id := rampStudy(s, s.Step)
	if err := l.book.ports.Studies.Open(id, d); err != nil {
		in.Gates = append(in.Gates, davit.Finding{Gate: "guards", Answer: davit.Waiting, Reason: err.Error(), At: in.At})
		return
	}
	err := l.book.ports.Studies.Look(id, func(d experiment.Design, log *experiment.Log) {
		units := log.Units()
		in.Samples = [2]uint64{units[1], units[0]}
		ratio := davit.Finding{Gate: "ratio", Answer: davit.Passed, Reason: "as many users are exposed as should be", At: in.At}
		if experiment.RatioEvidence(units, []float64{d.Variants[0].Share, d.Variants[1].Share}) > math.Log(1000) {
			ratio.Answer, ratio.Reason = davit.Waiting, "sample ratio mismatch: the share of exposed users is not what it should be, so assignment or logging is broken"
		}
		in.Gates = append(in.Gates, ratio)
		for _, c := range experiment.Analyze(d, log).Comparisons {
			in.Gates = append(in.Gates, guardFinding(c, d.Units, in.At))
		}
	})
	if err != nil {
		in.Gates = append(in.Gates, davit.Finding{Gate: "guards", Answer: davit.Waiting, Reason: err.Error(), At: in.At})
	}
}

func guardFinding(c experiment.Comparison, least uint64, at time.Time) davit.Finding {
	f := davit.Finding{Gate: "guard " + c.Metric, Answer: davit.Passed, At: at, Reason: fmt.Sprintf("no harm is seen: %.4g with, %.4g without", c.Value, c.Control)}
	switch c.Finding {
	case experiment.Harmed:
		f.Answer, f.Reason = davit.Refused, fmt.Sprintf("%.4g with %s against %.4g without, %d users: worse at all looks", c.Value, c.Variant, c.Control, c.Units[1])
	case experiment.Scarce:
		f.Answer, f.Reason = davit.Waiting, fmt.Sprintf("fewer than %d users on a side", least)
	case experiment.Safe, experiment.Unclear, experiment.Better, experiment.Worse:
	}
	return f
}
