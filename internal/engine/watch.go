package engine

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/judge"
	"github.com/davit-cd/davit/internal/record"
	"github.com/davit-cd/davit/internal/rollout"
	"github.com/davit-cd/davit/internal/spec"
)

const (
	staleAfter = 5 * time.Second // telemetry older than this is no telemetry
	scarce     = 10              // live requests in ten seconds below which probes speak
	mostScale  = 20              // of the margin, at the smallest exposure
	probeScale = 4               // at least, for probes: they show that a version works, not that users like it as much
)

// watch asks the judge about every second of a step, until the step is over.
func (e *Engine) watch(ctx context.Context, s rollout.State, w rollout.Watch) {
	var env spec.Environment
	var settings judge.Settings
	err := e.persist(ctx, "watch", s.ID, func() (err error) {
		env, settings, err = e.settings(ctx, s)
		return err
	})
	if err != nil {
		if ctx.Err() == nil {
			e.Log.ErrorContext(ctx, "watch", "rollout", s.ID, "err", err)
		}
		return
	}
	if s.Old.Release != "" && env.Probe != nil && !w.Guard && !w.Mirror {
		probing, stop := context.WithCancel(ctx)
		defer stop()
		e.doing.Go(func() { e.probeWhileScarce(probing, s, env) })
	}
	for ctx.Err() == nil {
		newest, more := e.seconds.latest()
		word, fed, err := e.tried(ctx, s, settings, newest)
		if err != nil && ctx.Err() == nil {
			e.Log.WarnContext(ctx, "read telemetry", "rollout", s.ID, "err", err)
		}
		verdict, finding := e.word(s, w, word, settings)
		if e.catchingUp(word) && verdict != davit.Fail {
			fed, verdict = false, davit.Continue // what was measured is still being read: no word yet
		} else {
			e.heard(s.ID, finding)
		}
		if fed || verdict == davit.NoData {
			if err := e.feed(s.ID, rollout.Judged{Verdict: verdict, Finding: finding, At: e.now()}); err != nil && ctx.Err() == nil {
				e.Log.WarnContext(ctx, "judge", "rollout", s.ID, "err", err)
			}
		}
		select {
		case <-ctx.Done():
		case <-more:
		case <-time.After(2 * time.Second): // telemetry has gone quiet: say so
		}
	}
}

func (e *Engine) settings(ctx context.Context, s rollout.State) (spec.Environment, judge.Settings, error) {
	env, err := environmentOf(ctx, e.Keeper, s)
	return env, judge.FromSpec(env.Judge), err
}

// SettingsOf returns the settings that a rollout is judged under.
func SettingsOf(ctx context.Context, k Keeper, s rollout.State) (judge.Settings, error) {
	env, err := environmentOf(ctx, k, s)
	return judge.FromSpec(env.Judge), err
}

// environmentOf is a rollout's environment as the new release describes it.
func environmentOf(ctx context.Context, k Keeper, s rollout.State) (spec.Environment, error) {
	_, env, err := releaseIn(ctx, k, s.New.Release, s.Environment)
	return env, err
}

// tried brings the rollout's trial up to second newest and returns the last
// word. A trial that is not in memory is built again from the telemetry kept.
func (e *Engine) tried(ctx context.Context, s rollout.State, settings judge.Settings, newest int64) (Word, bool, error) {
	e.trialsMu.Lock()
	defer e.trialsMu.Unlock()
	t := e.trials[s.ID]
	exposed := s.Exposed.Unix()
	if s.Exposed.IsZero() { // dark: only probes speak
		exposed = s.Since.Unix()
	}
	if t == nil || t.trial.Exposed != exposed {
		t = &keptTrial{trial: NewTrial(settings, exposed, s.New.Release, s.Old.Release)}
		e.trials[s.ID] = t
	}
	from := t.trial.First()
	if newest < from {
		return t.last, false, nil
	}
	samples, err := e.Telemetry.Samples(ctx, s.Service, s.Environment, from, newest)
	if err != nil {
		return t.last, false, err
	}
	for second := from; second <= newest; second++ {
		n := 0
		for n < len(samples) && samples[n].Second <= second {
			n++
		}
		t.last = t.trial.Feed(second, samples[:n], shareAt(s, second))
		samples = samples[n:]
	}
	return t.last, true, nil
}

// shareAt is the new version's confirmed share when a second began.
func shareAt(s rollout.State, second int64) davit.Weight {
	share := davit.Weight(0)
	for _, shift := range s.Shifts {
		if shift.At.Unix() < second {
			share = shift.Weight
		}
	}
	return share
}

// keptTrial is a trial with its last word.
type keptTrial struct {
	trial   *Trial
	last    Word
	finding davit.Finding
}

// heard keeps the judge's newest word for those who look on.
func (e *Engine) heard(rollout string, f davit.Finding) {
	e.trialsMu.Lock()
	defer e.trialsMu.Unlock()
	if t := e.trials[rollout]; t != nil {
		t.finding = f
	}
}

// Verdict returns the judge's newest word on a rollout under way; false when
// there is none.
func (e *Engine) Verdict(rollout string) (davit.Finding, bool) {
	e.trialsMu.Lock()
	defer e.trialsMu.Unlock()
	t := e.trials[rollout]
	if t == nil || t.finding.Gate == "" {
		return davit.Finding{}, false
	}
	return t.finding, true
}

func (e *Engine) forgetTrial(rollout string) {
	e.trialsMu.Lock()
	defer e.trialsMu.Unlock()
	delete(e.trials, rollout)
}

// marginScale widens the margin while few users are exposed: going on to a
// step of weight w exposes only w of them, so a version that is worse by
// margin/w there costs all users together no more than the margin.
func marginScale(s rollout.State) float64 {
	if s.Step+1 >= len(s.Plan.Steps) {
		return 1
	}
	next := s.Plan.Steps[s.Step+1].Weight.Fraction()
	if next <= 0 {
		return mostScale
	}
	return min(1/next, mostScale)
}

// word puts together what live traffic, probes and copies say of a second.
// FAIL from any of them dominates; where live traffic is scarce the probes
// decide, and the finding says so.
func (e *Engine) word(s rollout.State, w rollout.Watch, word Word, settings judge.Settings) (davit.Verdict, davit.Finding) {
	return say(s, w, word, settings, e.now(), e.stale(word))
}

// stale reports whether a word is too old to decide by. The router's seconds
// only grow, as does the engine's clock: setting the machine's clock does not
// make telemetry old.
func (e *Engine) stale(word Word) bool {
	return word.Second == 0 || e.now().Sub(time.Unix(word.Second+1, 0)) > staleAfter
}

// catchingUp reports whether old seconds are no wonder, because the process has
// just begun to read what was measured while none was there.
func (e *Engine) catchingUp(word Word) bool {
	return e.stale(word) && e.now().Sub(e.began) < firstWordWithin
}

// say is the finding on a word. It depends on its arguments alone, so that it
// can be said again later.
func say(s rollout.State, w rollout.Watch, word Word, settings judge.Settings, at time.Time, stale bool) (davit.Verdict, davit.Finding) {
	result, source, scale := word.Live, "live traffic", marginScale(s)
	switch {
	case w.Mirror:
		result, source = word.Mirror, "mirrored traffic"
	case word.Live.Verdict == davit.Fail:
	case word.Probes.Verdict == davit.Fail:
		result, source = word.Probes, "synthetic probes"
	case word.Traffic < scarce && word.Probes.Safe(max(scale, probeScale)) && !word.Live.Safe(scale):
		result, source, scale = word.Probes, "synthetic probes", max(scale, probeScale)
	}
	verdict := verdictAt(result, scale)
	if w.Guard && verdict == davit.NoData {
		verdict = davit.Continue // without a rival there is nothing to compare; health and guards speak
	}
	why := result.Why
	if verdict == davit.Pass && !result.Safe(1) {
		why = passedWithin(settings.Margin*scale, result)
	}
	if stale && !w.Guard && verdict != davit.Fail {
		verdict, why = davit.NoData, "the router has measured nothing lately"
	}
	if source != "live traffic" {
		why = "by " + source + ": " + why
	}
	finding := davit.Finding{
		Gate: "judge", Answer: answer(verdict), Reason: why, Release: s.New.Release, Artifact: s.New.Artifact, Config: s.New.Config,
		Epoch: s.Epoch, Step: s.Step, At: at,
		Evidence: map[string]string{
			"metric": result.Metric, "source": source, "second": fmt.Sprint(word.Second), "verdict": string(verdict),
			"exposed": fmt.Sprint(s.Exposed.Unix()), "settings": string(settings.Hash()), "scale": fmt.Sprint(scale),
		},
	}
	maps.Copy(finding.Evidence, facts(result))
	if b := word.Blame; verdict == davit.Fail && b.Sentence != "" {
		finding.Reason += "; " + b.Sentence
		finding.Evidence["flag_removes"] = strconv.FormatFloat(b.Removes, 'g', 6, 64)
	}
	return verdict, finding
}

// verdictAt is the judge's word where a margin scale times as wide is enough.
func verdictAt(r judge.Result, scale float64) davit.Verdict {
	switch {
	case r.Verdict == davit.Fail:
		return davit.Fail
	case r.Safe(scale):
		return davit.Pass
	case r.Verdict == davit.NoData:
		return davit.NoData
	}
	return davit.Continue
}

// passedWithin says what is shown of a version that may go on to the next step,
// though not yet all the way.
func passedWithin(margin float64, r judge.Result) string {
	rate := func(t judge.Tally) float64 { return 100 * float64(t.Errors) / float64(max(t.Requests, 1)) }
	return fmt.Sprintf("error rate %.2g %% against %.2g %% on the old version, %d requests: shown to be less than %.2g points worse, and no slower than the step allows, enough to go on",
		rate(r.Canary), rate(r.Baseline), r.Canary.Requests, 100*min(margin, 0.05))
}

// facts are the numbers behind a result, for people and for comparison with a
// later computation from the same samples.
func facts(r judge.Result) map[string]string {
	number := func(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }
	return map[string]string{
		"harm": number(r.Harm), "harm_needed": number(r.HarmNeeded), "safety": number(r.Safety[0]), "safety_needed": number(r.SafetyNeeded),
		"new_requests": fmt.Sprint(r.Canary.Requests), "new_errors": fmt.Sprint(r.Canary.Errors),
		"old_requests": fmt.Sprint(r.Baseline.Requests), "old_errors": fmt.Sprint(r.Baseline.Errors),
		"new_p50_ms": number(r.Canary.Median), "new_p99_ms": number(r.Canary.P99), "old_p50_ms": number(r.Baseline.Median), "old_p99_ms": number(r.Baseline.P99),
		"clustering": number(r.Clustering),
	}
}

func answer(v davit.Verdict) davit.Answer {
	switch v {
	case davit.Pass:
		return davit.Passed
	case davit.Fail:
		return davit.Refused
	case davit.Continue, davit.NoData:
	}
	return davit.Waiting
}

// probeWhileScarce sends probes to both versions while live traffic is too thin
// to judge by.
func (e *Engine) probeWhileScarce(ctx context.Context, s rollout.State, env spec.Environment) {
	for e.awaitScarcity(ctx, s.ID, true) {
		probing, stop := context.WithCancel(ctx)
		e.doing.Go(func() { e.Checks.Probe(probing, env, [2]string{s.New.Release, s.Old.Release}) })
		e.awaitScarcity(ctx, s.ID, false)
		stop()
	}
}

// awaitScarcity waits until live traffic is scarce, or is not; false: ctx is over.
func (e *Engine) awaitScarcity(ctx context.Context, rollout string, scarceWanted bool) bool {
	for ctx.Err() == nil {
		_, more := e.seconds.latest()
		e.trialsMu.Lock()
		t := e.trials[rollout]
		known := t != nil && t.last.Second > 0
		thin := known && t.last.Traffic < scarce
		e.trialsMu.Unlock()
		if known && thin == scarceWanted {
			return true
		}
		select {
		case <-ctx.Done():
		case <-more:
		case <-time.After(2 * time.Second):
		}
	}
	return false
}

// Crashed takes up the word of a target that an instance keeps dying.
func (e *Engine) Crashed(i davit.Instance) {
	if i.State != davit.CrashLoop || e.ctx == nil || e.ctx.Err() != nil {
		return
	}
	e.doing.Go(func() {
		_, lane, err := record.Load[rollout.Lane](e.ctx, e.Keeper, KindLane, i.Service+"/"+i.Environment)
		if err != nil || lane.Active == "" {
			return
		}
		if err := e.feed(lane.Active, rollout.Crashed{Release: i.Release, Reason: i.Reason, At: e.now()}); err != nil && e.ctx.Err() == nil {
			e.Log.ErrorContext(e.ctx, "crash", "rollout", lane.Active, "err", err)
		}
	})
}
