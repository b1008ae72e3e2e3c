package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/exposure"
	"github.com/davit-cd/davit/internal/flag/authoring"
)

func edited(e exposure.Edited, err error) (api.FlagEdited, error) {
	out := api.FlagEdited{Text: e.Text, Changed: e.Changed, Version: e.Flag.Version}
	if e.Proposal != nil {
		out.Proposal = e.Proposal.Hash
	}
	return out, err
}

// parse reads the text of a flag. A mistake in it is the caller's.
func (b flagBook) parse(project, key, document string) (authoring.Flag, error) {
	f, err := authoring.ParseFlag("the flag", []byte(document), key, authoring.Defaults{Project: project, Now: b.book.Now(), Created: func(key string) time.Time {
		k, err := b.book.Flag(project, key)
		if err != nil {
			return time.Time{}
		}
		return k.Flag.Created
	}})
	if err != nil {
		return f, &davit.Error{Kind: davit.Invalid, Err: err}
	}
	return f, nil
}

// CreateFlag makes a flag.
func (b flagBook) CreateFlag(ctx context.Context, actor string, in api.CreateFlag) (api.FlagEdited, error) {
	f, err := b.parse(in.Project, in.Key, in.Document)
	if err != nil {
		return api.FlagEdited{}, err
	}
	return edited(b.book.Create(ctx, exposure.Who{Actor: actor, Reason: in.Reason}, f))
}

// EditFlag gives a flag another content.
func (b flagBook) EditFlag(ctx context.Context, actor, project, key string, in api.EditFlag) (api.FlagEdited, error) {
	f, err := b.parse(project, key, in.Document)
	if err != nil {
		return api.FlagEdited{}, err
	}
	return edited(b.book.Replace(ctx, exposure.Who{Actor: actor, Reason: in.Reason, Version: in.Version}, f))
}

// RemoveFlag removes a flag.
func (b flagBook) RemoveFlag(ctx context.Context, actor, project, key, reason string) error {
	return b.book.Remove(ctx, exposure.Who{Actor: actor, Reason: reason}, project, key)
}

func whoTurns(actor string, in api.TurnFlag) exposure.Who {
	return exposure.Who{Actor: actor, Reason: in.Reason, Version: in.Version}
}

// TurnFlag turns a flag on or off.
func (b flagBook) TurnFlag(ctx context.Context, actor, project, key string, on bool, in api.TurnFlag) (api.FlagEdited, error) {
	return edited(b.book.Turn(ctx, whoTurns(actor, in), project, key, in.Environment, on))
}

// KillFlag turns a flag off at once.
func (b flagBook) KillFlag(ctx context.Context, actor, project, key string, in api.TurnFlag) (api.FlagEdited, error) {
	return edited(b.book.Kill(ctx, whoTurns(actor, in), project, key, in.Environment))
}

// UnscheduleFlag takes back what is planned.
func (b flagBook) UnscheduleFlag(ctx context.Context, actor, project, key string, in api.TurnFlag) (api.FlagEdited, error) {
	return edited(b.book.Unschedule(ctx, whoTurns(actor, in), project, key, in.Environment))
}

// UndoFlag makes a flag what it was.
func (b flagBook) UndoFlag(ctx context.Context, actor, project, key string, in api.UndoFlag) (api.FlagEdited, error) {
	return edited(b.book.Undo(ctx, exposure.Who{Actor: actor, Reason: in.Reason}, project, key, in.To))
}

// ApproveFlag answers a proposal.
func (b flagBook) ApproveFlag(ctx context.Context, actor, project, key string, in api.ApproveFlag) (api.FlagEdited, error) {
	if in.Refuse {
		return api.FlagEdited{Text: "the change of " + key + " is turned down"}, b.book.Withdraw(ctx, actor, project, key, in.Hash, in.Reason)
	}
	return edited(b.book.Approve(ctx, actor, project, key, in.Hash, in.Reason))
}

// ServeFlag changes the shares of a flag's variants, or plans to.
func (b flagBook) ServeFlag(ctx context.Context, actor, project, key string, in api.ServeFlag) (api.FlagEdited, error) {
	k, err := b.book.Flag(project, key)
	if err != nil {
		return api.FlagEdited{}, err
	}
	who := exposure.Who{Actor: actor, Reason: in.Reason, Version: in.Version}
	if in.On != nil {
		if in.At.IsZero() || in.To != nil || len(in.Shares) > 0 {
			return api.FlagEdited{}, &davit.Error{Kind: davit.Invalid, Text: "on goes with at, and with no shares"}
		}
		return edited(b.book.Schedule(ctx, who, project, key, in.Environment, authoring.Change{At: in.At.UTC().Truncate(time.Second), On: in.On, Note: in.Note}))
	}
	begin := b.book.Now().UTC().Truncate(time.Second)
	if !in.At.IsZero() {
		begin = in.At.UTC().Truncate(time.Second)
	}
	o, err := outcome(k.Flag, in, begin)
	if err != nil {
		return api.FlagEdited{}, err
	}
	if in.At.IsZero() {
		return edited(b.book.Serve(ctx, who, project, key, in.Environment, o))
	}
	return edited(b.book.Schedule(ctx, who, project, key, in.Environment, authoring.Change{At: begin, Serve: &o, Note: in.Note}))
}

// outcome is what a request for shares means for a flag.
func outcome(f authoring.Flag, in api.ServeFlag, begin time.Time) (authoring.Outcome, error) {
	s := f.State(in.Environment)
	_, variant := f.Variant()
	if in.Variant != "" {
		variant = in.Variant
	}
	invalid := func(format string, args ...any) error {
		return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf(format, args...), Hint: "its variants are " + strings.Join(f.Variants.Names(), ", ")}
	}
	if !f.Variants.Has(variant) {
		return authoring.Outcome{}, invalid("the flag %s has no variant %q", f.Key, variant)
	}
	if len(in.Shares) > 0 {
		if in.To != nil || in.Seconds > 0 {
			return authoring.Outcome{}, invalid("shares, and to or seconds, exclude each other")
		}
		split := authoring.Ordered[davit.Weight]{}
		for name, p := range in.Shares {
			if !f.Variants.Has(name) {
				return authoring.Outcome{}, invalid("the flag %s has no variant %q", f.Key, name)
			}
			split = append(split, authoring.Named[davit.Weight]{Name: name, Value: davit.Percent(p)})
		}
		slices.SortFunc(split, func(a, b authoring.Named[davit.Weight]) int { return strings.Compare(a.Name, b.Name) })
		return authoring.Outcome{Split: authoring.InOrder(f, s.Off, split)}, nil
	}
	if in.To == nil {
		return authoring.Outcome{}, invalid("neither shares nor to is given")
	}
	if variant == s.Off {
		return authoring.Outcome{}, invalid("%q is the off variant: give the share of another one", variant)
	}
	to := davit.Percent(*in.To)
	if in.Seconds > 0 {
		from := davit.Weight(0)
		if s.On {
			from = s.Serve.Share(variant)
			if s.Serve.Linear != nil && s.Serve.Linear.Variant == variant {
				from = s.Serve.Linear.At(begin)
			}
		}
		// Whole percents, so that a long ramp fits into whole weights; upwards, so
		// that nobody falls out.
		from = min(davit.Full, (from+99)/100*100)
		return authoring.Outcome{Linear: &authoring.Linear{
			Variant: variant, Others: s.Off, From: from, To: to, Begin: begin, End: begin.Add(time.Duration(in.Seconds) * time.Second),
		}}, nil
	}
	if to == davit.Full {
		return authoring.Outcome{Variant: variant}, nil
	}
	return authoring.Outcome{Split: authoring.Ordered[davit.Weight]{{Name: variant, Value: to}, {Name: s.Off, Value: davit.Full - to}}}, nil
}

// ApplyFlags makes a document hold.
func (b flagBook) ApplyFlags(ctx context.Context, actor, project string, in api.ApplyFlags) (api.FlagsApplied, error) {
	doc, err := authoring.Parse("the document", []byte(in.Document), authoring.Defaults{Project: project, Now: b.book.Now(), Created: func(key string) time.Time {
		k, err := b.book.Flag(project, key)
		if err != nil {
			return time.Time{}
		}
		return k.Flag.Created
	}})
	if err != nil {
		return api.FlagsApplied{}, &davit.Error{Kind: davit.Invalid, Err: err}
	}
	a, err := b.book.Apply(ctx, exposure.Application{Document: doc, Actor: actor, Reason: in.Reason, Dry: in.Dry})
	return api.FlagsApplied{
		Text: a.Summary(), Created: orNone(a.Created), Changed: orNone(append(a.Changed, a.Notes...)), Same: orNone(a.Same), Proposed: orNone(a.Proposed),
	}, err
}

// PutSegment makes or changes a segment.
func (b flagBook) PutSegment(ctx context.Context, actor, project, name string, in api.PutSegment) error {
	s, err := authoring.ParseSegment(project, name, []byte(in.Document))
	if err != nil {
		return &davit.Error{Kind: davit.Invalid, Err: err}
	}
	return b.book.PutSegment(ctx, exposure.Who{Actor: actor, Reason: in.Reason}, s)
}

// RemoveSegment removes a segment.
func (b flagBook) RemoveSegment(ctx context.Context, actor, project, name, reason string) error {
	return b.book.RemoveSegment(ctx, exposure.Who{Actor: actor, Reason: reason}, project, name)
}
