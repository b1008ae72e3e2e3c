package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/record"
	"github.com/davit-cd/davit/internal/rollout"
)

// Overrides are the words of people that stand in for gates of one lane.
type Overrides struct{ Given []Override }

// Override lets one release, with one artifact and configuration, past one gate
// until it expires, whatever the gate says.
type Override struct {
	Gate     string
	Release  string
	Artifact davit.Digest
	Config   davit.Digest
	Rollout  string // at which it was given
	Actor    string
	Role     davit.Role
	Reason   string
	At       time.Time
	Until    time.Time
}

// covers reports whether the override stands in for the gate of a finding.
func (o Override) covers(f davit.Finding, at time.Time) bool {
	return o.Gate == f.Gate && o.Release == f.Release && o.Artifact == f.Artifact && o.Config == f.Config &&
		at.Before(o.Until) && mayOverride(o.Role, f)
}

// mayOverride reports whether a finding names a role that role includes.
func mayOverride(role davit.Role, f davit.Finding) bool {
	return slices.ContainsFunc(f.Override, role.Includes)
}

// overridden lets the words of people stand in for the gates that have not
// passed. What the gate said stays in the finding.
func overridden(found []davit.Finding, o Overrides, at time.Time) []davit.Finding {
	out := slices.Clone(found)
	for i, f := range out {
		if f.Answer == davit.Passed {
			continue
		}
		n := slices.IndexFunc(o.Given, func(o Override) bool { return o.covers(f, at) })
		if n < 0 {
			continue
		}
		by := o.Given[n]
		out[i].Answer, out[i].Until = davit.Passed, by.Until
		out[i].Reason = fmt.Sprintf("overridden by %s (%s): %s; the gate said: %s", by.Actor, by.Role, by.Reason, f.Reason)
		out[i].Evidence = map[string]string{
			"overridden_by": by.Actor, "role": string(by.Role), "why": by.Reason, "until": by.Until.UTC().Format(time.RFC3339),
			"answer": string(f.Answer), "said": f.Reason,
		}
	}
	return out
}

// Override lets the release of a rollout past a gate that waits, or that has
// refused it, until a time. It returns what became of it. It never stands in for
// the judge, a health check, a smoke test or a quarantine: those are no gates
// that name who may override them.
func (e *Engine) Override(ctx context.Context, yes Override, id string) (string, error) {
	if yes.Reason == "" {
		return "", &davit.Error{Kind: davit.Invalid, Text: "overriding a gate needs a reason", Hint: "add --reason"}
	}
	if !yes.Until.After(e.now()) {
		return "", &davit.Error{Kind: davit.Invalid, Text: "the override would be over already", Hint: "give a time to come"}
	}
	s, err := LoadRollout(ctx, e.Keeper, id)
	if err != nil {
		return "", err
	}
	refused := s.Phase == rollout.Cancelled && strings.HasPrefix(s.DecidedBy, "gate ")
	if !refused && s.Phase != rollout.Queued && (s.Phase != rollout.Preparing || s.Gated) {
		return "", &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("rollout %s is %s: it waits for no gate", id, s.Phase)}
	}
	found, err := e.gates(ctx, s)
	if err != nil {
		return "", err
	}
	f, err := toOverride(found, yes)
	if err != nil {
		return "", err
	}
	yes.Release, yes.Artifact, yes.Config, yes.Rollout, yes.At = f.Release, f.Artifact, f.Config, id, e.now()
	given, err := e.keepOverride(ctx, s, yes, f)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("%s may pass the gate %s of %s until %s", f.Release, yes.Gate, s.Environment, yes.Until.UTC().Format(time.RFC3339))
	if refused {
		return text + fmt.Sprintf("; davit promote %s --env %s starts a new rollout of it", f.Release, s.Environment), nil
	}
	return text, e.feed(id, rollout.Gated{Findings: overridden(found, given, e.now()), At: e.now()})
}

// toOverride finds the gate that is meant and says why it cannot be overridden.
func toOverride(found []davit.Finding, yes Override) (davit.Finding, error) {
	var names []string
	for _, f := range found {
		names = append(names, f.Gate)
		if f.Gate != yes.Gate {
			continue
		}
		switch {
		case f.Answer == davit.Passed:
			return f, &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("the gate %s has passed: %s", f.Gate, f.Reason)}
		case len(f.Override) == 0 && f.Gate == "quarantine":
			return f, &davit.Error{Kind: davit.Denied, Text: "nobody overrides a quarantine: " + f.Reason, Hint: "davit lift " + f.Release + " --reason … ends it"}
		case len(f.Override) == 0:
			return f, &davit.Error{Kind: davit.Denied, Text: fmt.Sprintf("nobody may override the gate %s: %s", f.Gate, f.Reason)}
		case !mayOverride(yes.Role, f):
			return f, &davit.Error{Kind: davit.Forbidden, Text: fmt.Sprintf("overriding the gate %s takes the role %s; %s has %s", f.Gate, f.Override[0], yes.Actor, yes.Role)}
		}
		return f, nil
	}
	return davit.Finding{}, &davit.Error{
		Kind: davit.NotFound, Text: fmt.Sprintf("there is no gate %s here; there is %s", yes.Gate, strings.Join(names, ", ")),
		Hint: "only gates are overridden, never the judge, a health check or a smoke test",
	}
}

// keepOverride keeps a person's word, with its line in the journal, and forgets
// those that have expired.
func (e *Engine) keepOverride(ctx context.Context, s rollout.State, yes Override, f davit.Finding) (Overrides, error) {
	e.deciding.Lock()
	defer e.deciding.Unlock()
	rec, given, err := e.overrides(ctx, s)
	if err != nil {
		return given, err
	}
	given.Given = slices.DeleteFunc(given.Given, func(o Override) bool { return !yes.At.Before(o.Until) })
	given.Given = append(given.Given, yes)
	if rec, err = record.With(rec, given); err != nil {
		return given, err
	}
	_, err = e.Keeper.Keep(ctx, davit.Change{Records: []davit.Record{rec}, Events: []davit.Event{{
		At: yes.At, Kind: "rollout.overridden", Actor: yes.Actor, Service: s.Service, Environment: s.Environment, Run: s.Run,
		Release: s.New.Release, Rollout: s.ID, Commit: s.New.Commit, Digest: s.New.Artifact,
		Text: fmt.Sprintf("%s overrides the gate %s of %s for %s until %s: %s; the gate said: %s",
			yes.Actor, yes.Gate, s.Environment, s.New.Release, yes.Until.UTC().Format(time.RFC3339), yes.Reason, f.Reason),
		Data: map[string]string{"gate": yes.Gate, "role": string(yes.Role), "until": yes.Until.UTC().Format(time.RFC3339), "answer": string(f.Answer)},
	}}})
	return given, err
}

// overrides reads what people have let past the gates of a rollout's lane.
func (e *Engine) overrides(ctx context.Context, s rollout.State) (davit.Record, Overrides, error) {
	fresh := davit.Record{Kind: KindOverride, ID: s.Service + "/" + s.Environment, Service: s.Service, Environment: s.Environment}
	return record.LoadOr(ctx, e.Keeper, fresh, Overrides{})
}
