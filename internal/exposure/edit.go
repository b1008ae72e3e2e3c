package exposure

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/record"
)

// Edit is a wish to change one flag.
type Edit struct {
	Project     string
	Key         string
	Version     int64  // the change is meant for this version; 0: whichever there is
	Actor       string // name of the credential, or davit
	Reason      string
	Kind        string // of the event; empty: flag.changed, or flag.created
	Environment string // the one it is about; empty: the flag as a whole
	Text        string // sentence for the event; empty: one that says what changed
	Data        map[string]string

	// Change returns the flag as it shall be. It is given a zero Flag with key
	// and project where there is none.
	Change func(authoring.Flag) (authoring.Flag, error)
	// New lets the change make a flag; else one that is not there is NotFound.
	New bool
	// Unasked changes need no second person: those of schedules and ramps that
	// a person has asked for before, and what takes something away in need.
	Unasked bool
	// Also is kept in the same transaction.
	Also davit.Change
	// Origin, if set, is the file the flag follows from now on.
	Origin *Origin
}

// Edited is what came of an edit.
type Edited struct {
	Flag     Kept
	Changed  bool      // false: it was so already, or waits
	Proposal *Proposal // it waits for a second person's yes
	Text     string    // what happened, in one sentence
}

// Edit changes a flag, or proposes the change where it needs a second person.
// What does not fit is Invalid, and nothing has happened.
func (b *Book) Edit(ctx context.Context, e Edit) (Edited, error) {
	b.deciding.Lock()
	defer b.deciding.Unlock()
	return b.edit(ctx, e)
}

func (b *Book) edit(ctx context.Context, e Edit) (Edited, error) {
	if e.Project == "" || e.Key == "" {
		return Edited{}, &davit.Error{Kind: davit.Invalid, Text: "a flag needs a project and a key"}
	}
	before, err := b.project(e.Project).flag(e.Key)
	fresh := davit.KindOf(err) == davit.NotFound
	if err != nil && (!fresh || !e.New) {
		return Edited{}, err
	}
	if e.Version != 0 && !fresh && e.Version != before.Version {
		return Edited{}, &davit.Error{
			Kind: davit.Conflict, Text: fmt.Sprintf("change flag %s: it is in version %d, the change is meant for version %d", e.Key, before.Version, e.Version),
			Hint: "somebody was faster: look at davit flags history " + e.Key + " and decide anew",
		}
	}
	if fresh {
		before.Version = b.project(e.Project).removed[e.Key].Version
	}
	given := before.Flag
	given.Project, given.Key = e.Project, e.Key
	after, err := e.Change(given)
	if err != nil {
		return Edited{}, err
	}
	after.Project, after.Key = e.Project, e.Key
	change := decided{edit: e, before: before, after: after, fresh: fresh, at: b.now()}
	if !fresh && before.Flag.Fingerprint() == after.Fingerprint() && e.Origin == nil {
		return Edited{Flag: before, Text: fmt.Sprintf("%s is so already.", e.Key)}, nil
	}
	if change.waits() {
		return b.propose(ctx, change)
	}
	return b.keep(ctx, change)
}

// decided is a change that is about to be kept.
type decided struct {
	edit      Edit
	before    Kept
	after     authoring.Flag
	fresh     bool
	at        time.Time
	also      []davit.Record // deleted with it
	preceding []davit.Event
}

// waits reports whether a second person must say yes first: when the flag was
// or would be marked so, where it changes.
func (d decided) waits() bool {
	if d.edit.Unasked || d.fresh {
		return false
	}
	var environments []string
	for _, diff := range authoring.Diff(d.before.Flag, d.after) {
		environments = append(environments, diff.Environment)
	}
	return len(environments) > 0 && d.before.Flag.NeedsApproval(environments...)
}

// keep compiles, keeps and publishes one change.
func (b *Book) keep(ctx context.Context, d decided) (Edited, error) {
	next := b.project(d.edit.Project).copied()
	kept, err := b.keepAll(ctx, next, []decided{d}, davit.Change{})
	if err != nil {
		return Edited{}, err
	}
	return Edited{Flag: kept[0], Changed: true, Text: d.event().Text}, nil
}

// keepAll compiles, keeps and publishes changes of several flags of a project,
// all of them or none. next is the project with everything else that changes.
func (b *Book) keepAll(ctx context.Context, next *project, changes []decided, more davit.Change) ([]Kept, error) {
	var out []Kept
	for _, d := range changes {
		e := d.edit
		kept := Kept{Flag: d.after, Version: d.before.Version + 1, Changed: d.at, File: d.before.File}
		if e.Origin != nil {
			kept.File = e.Origin
		}
		next.flags[e.Key] = kept
		delete(next.removed, e.Key)
		event := d.event()
		rec, err := flagRecord(kept, d.before.Version)
		if err != nil {
			return nil, err
		}
		revision, err := record.With(davit.Record{Kind: KindRevision, ID: revisionID(e.Project, e.Key, kept.Version), Service: e.Project, Created: d.at},
			Revision{Version: kept.Version, Flag: d.after, Kind: event.Kind, Actor: e.Actor, Approved: e.Data["approved"], Reason: e.Reason, Text: event.Text, At: d.at})
		if err != nil {
			return nil, err
		}
		more.Records = append(append(more.Records, rec, revision), e.Also.Records...)
		more.Deleted = append(append(more.Deleted, d.also...), e.Also.Deleted...)
		more.Events = append(append(append(more.Events, d.preceding...), event), e.Also.Events...)
		more.Effects, more.Done = append(more.Effects, e.Also.Effects...), append(more.Done, e.Also.Done...)
		out = append(out, kept)
	}
	sets, err := b.compile(next)
	if err != nil {
		return nil, err
	}
	if _, err := b.ports.Keeper.Keep(ctx, more); err != nil {
		return nil, fmt.Errorf("keep flags of %s: %w", next.name, err)
	}
	b.projects[next.name] = next
	b.publish(next.name, sets)
	b.nudge()
	return out, nil
}

func flagRecord(k Kept, replaces int64) (davit.Record, error) {
	return record.With(davit.Record{
		Kind: KindFlag, ID: idOf(k.Flag.Project, k.Flag.Key), Service: k.Flag.Project, Phase: "active",
		Wake: k.Flag.Next(), Created: k.Flag.Created, Version: replaces,
	}, k)
}

// event tells of a change.
func (d decided) event() davit.Event {
	e := d.edit
	kind := e.Kind
	switch {
	case d.fresh:
		kind = "flag.created"
	case kind == "":
		kind = "flag.changed"
	}
	diffs := authoring.Diff(d.before.Flag, d.after)
	text := e.Text
	if text == "" {
		text = d.sentence(diffs)
	}
	if e.Reason != "" && !strings.Contains(text, e.Reason) {
		text = strings.TrimSuffix(text, ".") + ": " + e.Reason
	}
	data := map[string]string{"flag": e.Key, "version": strconv.FormatInt(d.before.Version+1, 10), "after": d.after.Fingerprint().Short()}
	maps.Copy(data, e.Data)
	if !d.fresh {
		data["before"] = d.before.Flag.Fingerprint().Short()
	}
	environment := e.Environment
	lines := []string{}
	for _, diff := range diffs {
		lines = append(lines, diff.String())
	}
	if !d.fresh && len(lines) > 0 {
		data["changed"] = strings.Join(lines, "\n")
	}
	if e.Reason != "" {
		data["reason"] = e.Reason
	}
	return davit.Event{At: d.at, Kind: kind, Actor: e.Actor, Service: e.Project, Environment: environment, Text: text, Data: data}
}

// sentence says who changed what.
func (d decided) sentence(diffs []authoring.Difference) string {
	if d.fresh {
		return fmt.Sprintf("%s made the flag %s: %s", d.edit.Actor, d.edit.Key, d.after.Purpose)
	}
	switch len(diffs) {
	case 0:
		return fmt.Sprintf("%s touched the flag %s.", d.edit.Actor, d.edit.Key)
	case 1:
		return fmt.Sprintf("%s changed the flag %s, %s", d.edit.Actor, d.edit.Key, diffs[0])
	}
	return fmt.Sprintf("%s changed the flag %s, %s, and %d more", d.edit.Actor, d.edit.Key, diffs[0], len(diffs)-1)
}

func quoted(s string) string { return strconv.Quote(s) }
