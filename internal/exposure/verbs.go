package exposure

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/record"
)

// Who says who wants something, where and why.
type Who struct {
	Actor   string
	Reason  string
	Version int64 // of the flag it is meant for; 0: whichever there is
}

// Turn turns a flag on or off in an environment.
func (b *Book) Turn(ctx context.Context, who Who, project, key, environment string, on bool) (Edited, error) {
	kind, word := "flag.off", "off"
	if on {
		kind, word = "flag.on", "on"
	}
	return b.Edit(ctx, Edit{
		Project: project, Key: key, Version: who.Version, Actor: who.Actor, Reason: who.Reason, Kind: kind, Environment: environment,
		Text: fmt.Sprintf("%s turned the flag %s %s in %s.", who.Actor, key, word, environment),
		Change: b.inEnvironment(project, environment, func(_ authoring.Flag, s *authoring.State) error {
			s.On, s.Disabled = on, false
			if !on {
				s.Ramp = ""
			}
			return nil
		}),
	})
}

// inEnvironment is a change of the state in one environment, which must be
// known: a slip of the pen must not make a place nobody looks at.
func (b *Book) inEnvironment(project, environment string, change func(authoring.Flag, *authoring.State) error) func(authoring.Flag) (authoring.Flag, error) {
	return func(f authoring.Flag) (authoring.Flag, error) {
		if err := b.hasEnvironment(project, environment); err != nil {
			return f, err
		}
		s := f.State(environment)
		if err := change(f, &s); err != nil {
			return f, err
		}
		return f.With(environment, s), nil
	}
}

func (b *Book) hasEnvironment(project, environment string) error {
	places := b.project(project).places()
	if environment == "" {
		return &davit.Error{Kind: davit.Invalid, Text: "an environment is needed", Hint: "one of " + strings.Join(places, ", ")}
	}
	if len(places) > 0 && !slices.Contains(places, environment) {
		return &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("the project %s has no environment %s", project, environment), Hint: "it has " + strings.Join(places, ", ") + "; davit flags edit KEY --set environments." + environment + ".on=true begins another"}
	}
	return nil
}

// Kill turns a flag off at once, in one environment or in all, whatever is
// scheduled, ramped or marked for approval. It ends every pin: all users get
// the off variant. A reason is needed.
func (b *Book) Kill(ctx context.Context, who Who, project, key, environment string) (Edited, error) {
	if strings.TrimSpace(who.Reason) == "" {
		return Edited{}, &davit.Error{Kind: davit.Invalid, Text: "kill " + key + ": a reason is needed", Hint: "add --reason"}
	}
	where := "everywhere"
	if environment != "" {
		where = "in " + environment
	}
	return b.Edit(ctx, Edit{
		Project: project, Key: key, Version: who.Version, Actor: who.Actor, Reason: who.Reason, Kind: "flag.killed", Environment: environment, Unasked: true,
		Text: fmt.Sprintf("%s killed the flag %s %s.", who.Actor, key, where),
		Change: func(f authoring.Flag) (authoring.Flag, error) {
			if environment != "" {
				if err := b.hasEnvironment(project, environment); err != nil {
					return f, err
				}
			}
			for _, e := range f.Environments {
				if environment == "" || e.Name == environment {
					s := *e.Value
					s.On, s.Disabled, s.Schedule, s.Ramp = false, false, nil, ""
					f = f.With(e.Name, s)
				}
			}
			return f, nil
		},
	})
}

// Serve changes what those get for whom no rule holds, now or at a time.
func (b *Book) Serve(ctx context.Context, who Who, project, key, environment string, o authoring.Outcome) (Edited, error) {
	return b.Edit(ctx, Edit{
		Project: project, Key: key, Version: who.Version, Actor: who.Actor, Reason: who.Reason, Kind: "flag.ramped", Environment: environment,
		Text: fmt.Sprintf("%s set the flag %s in %s to %s.", who.Actor, key, environment, o),
		Change: b.inEnvironment(project, environment, func(f authoring.Flag, s *authoring.State) error {
			if s.Ramp != "" {
				return &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("the ramp %s has the word on %s in %s", s.Ramp, key, environment), Hint: "end the ramp first, or kill the flag"}
			}
			if len(o.Split) > 0 {
				o.Split = authoring.InOrder(f, s.Off, slices.Clone(o.Split))
			}
			s.Serve, s.On = o, true
			return nil
		}),
	})
}

// Schedule adds a step to a flag's schedule in an environment.
func (b *Book) Schedule(ctx context.Context, who Who, project, key, environment string, c authoring.Change) (Edited, error) {
	return b.Edit(ctx, Edit{
		Project: project, Key: key, Version: who.Version, Actor: who.Actor, Reason: who.Reason, Kind: "flag.scheduled", Environment: environment,
		Text: fmt.Sprintf("%s scheduled the flag %s in %s: %s.", who.Actor, key, environment, c),
		Change: b.inEnvironment(project, environment, func(f authoring.Flag, s *authoring.State) error {
			if !c.At.After(b.now()) {
				return &davit.Error{Kind: davit.Invalid, Text: "schedule " + key + ": the time has passed", Hint: "what shall be now is set with davit flags on, off or ramp"}
			}
			if slices.ContainsFunc(s.Schedule, func(o authoring.Change) bool { return o.At.Equal(c.At) }) {
				return &davit.Error{Kind: davit.Conflict, Text: "schedule " + key + ": something is scheduled for this second already", Hint: "davit flags show " + key}
			}
			if c.Serve != nil && len(c.Serve.Split) > 0 {
				c.Serve.Split = authoring.InOrder(f, s.Off, slices.Clone(c.Serve.Split))
			}
			s.Schedule = append(slices.Clone(s.Schedule), c)
			slices.SortFunc(s.Schedule, func(a, b authoring.Change) int { return a.At.Compare(b.At) })
			return nil
		}),
	})
}

// Unschedule takes everything that is scheduled in an environment back.
func (b *Book) Unschedule(ctx context.Context, who Who, project, key, environment string) (Edited, error) {
	return b.Edit(ctx, Edit{
		Project: project, Key: key, Version: who.Version, Actor: who.Actor, Reason: who.Reason, Kind: "flag.scheduled", Environment: environment,
		Text: fmt.Sprintf("%s took back what was scheduled for the flag %s in %s.", who.Actor, key, environment),
		Change: b.inEnvironment(project, environment, func(_ authoring.Flag, s *authoring.State) error {
			s.Schedule = nil
			return nil
		}),
	})
}

// Create makes a flag that is not there yet.
func (b *Book) Create(ctx context.Context, who Who, f authoring.Flag) (Edited, error) {
	return b.Edit(ctx, Edit{
		Project: f.Project, Key: f.Key, Actor: who.Actor, Reason: who.Reason, New: true,
		Change: func(there authoring.Flag) (authoring.Flag, error) {
			if len(there.Variants) > 0 {
				return f, &davit.Error{Kind: davit.Conflict, Text: "there is a flag " + quoted(f.Key) + " in the project " + f.Project + " already", Hint: "davit flags edit " + f.Key}
			}
			return f, nil
		},
	})
}

// Replace gives a flag another content.
func (b *Book) Replace(ctx context.Context, who Who, f authoring.Flag) (Edited, error) {
	return b.Edit(ctx, Edit{
		Project: f.Project, Key: f.Key, Version: who.Version, Actor: who.Actor, Reason: who.Reason,
		Change: func(there authoring.Flag) (authoring.Flag, error) {
			f.Created = there.Created
			return f, nil
		},
	})
}

// Undo makes a flag what it was in an earlier version.
func (b *Book) Undo(ctx context.Context, who Who, project, key string, to int64) (Edited, error) {
	current, err := b.Flag(project, key)
	if err != nil {
		return Edited{}, err
	}
	if to == 0 {
		to = current.Version - 1
	}
	if to < 1 || to >= current.Version {
		return Edited{}, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("undo %s: there is no version %d before version %d", key, to, current.Version), Hint: "davit flags history " + key}
	}
	old, err := b.Revision(ctx, project, key, to)
	if err != nil {
		return Edited{}, err
	}
	return b.Edit(ctx, Edit{
		Project: project, Key: key, Version: current.Version, Actor: who.Actor, Reason: who.Reason, Kind: "flag.undone",
		Text:   fmt.Sprintf("%s took the flag %s back to version %d.", who.Actor, key, to),
		Change: func(authoring.Flag) (authoring.Flag, error) { return old.Flag, nil },
	})
}

// Remove forgets a flag that nothing needs. Its history stays.
func (b *Book) Remove(ctx context.Context, who Who, project, key string) error {
	b.deciding.Lock()
	defer b.deciding.Unlock()
	k, err := b.project(project).flag(key)
	if err != nil {
		return err
	}
	next := b.project(project).copied()
	flags, _, _ := next.all()
	if users := authoring.Dependents(key, flags); len(users) > 0 {
		return &davit.Error{Kind: davit.Conflict, Text: "remove " + key + ": " + strings.Join(users, ", ") + " needs it", Hint: "take the prerequisite out first"}
	}
	if k.Flag.NeedsApproval(k.Flag.Environments.Names()...) {
		return &davit.Error{Kind: davit.Denied, Text: "remove " + key + ": its changes need a second person", Hint: "have the mark approval: needed taken away first, which needs one, too"}
	}
	k.Removed, k.Changed = true, b.now()
	rec, err := flagRecord(k, k.Version)
	if err != nil {
		return err
	}
	rec.Phase, rec.Wake = "removed", time.Time{}
	k.Version++
	delete(next.flags, key)
	next.removed[key] = k
	sets, err := b.compile(next)
	if err != nil {
		return err
	}
	event := davit.Event{
		At: k.Changed, Kind: "flag.removed", Actor: who.Actor, Service: project,
		Text: fmt.Sprintf("%s removed the flag %s%s", who.Actor, key, because(who.Reason)),
		Data: map[string]string{"flag": key, "before": k.Flag.Fingerprint().Short()},
	}
	revision, err := record.With(davit.Record{Kind: KindRevision, ID: revisionID(project, key, k.Version), Service: project, Created: k.Changed},
		Revision{Version: k.Version, Flag: k.Flag, Kind: event.Kind, Actor: who.Actor, Reason: who.Reason, Text: event.Text, At: k.Changed})
	if err != nil {
		return err
	}
	if _, err := b.ports.Keeper.Keep(ctx, davit.Change{Records: []davit.Record{rec, revision}, Events: []davit.Event{event}}); err != nil {
		return fmt.Errorf("remove flag %s: %w", key, err)
	}
	b.projects[project] = next
	b.publish(project, sets)
	return nil
}
