package exposure

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/record"
)

// proposalLives is how long a proposal waits for a second person.
const proposalLives = 7 * 24 * time.Hour

// Proposal is a change that waits for a second person's yes. It is bound to
// the exact change and to the version it would replace.
type Proposal struct {
	Hash        string // of everything below but the times: what is approved
	Project     string
	Key         string
	Version     int64 // of the flag it would replace
	Flag        authoring.Flag
	Kind        string
	Environment string
	Actor       string
	Reason      string
	Text        string
	Changes     []string // in what the flag would differ
	At          time.Time
	Expires     time.Time
}

// fingerprint binds an approval to one exact change.
func (p Proposal) fingerprint() string {
	return davit.DigestOf(fmt.Appendf(nil, "%s\n%s\n%d\n%s", p.Project, p.Key, p.Version, p.Flag.Fingerprint())).Short()
}

func (p Proposal) id() string { return p.Project + "/" + p.Key + "@" + p.Hash }

// propose keeps a change until a second person has said yes.
func (b *Book) propose(ctx context.Context, d decided) (Edited, error) {
	e := d.edit
	next := b.project(e.Project).copied()
	next.flags[e.Key] = Kept{Flag: d.after}
	if _, err := b.compile(next); err != nil {
		return Edited{}, err
	}
	event := d.event()
	p := Proposal{
		Project: e.Project, Key: e.Key, Version: d.before.Version, Flag: d.after, Kind: event.Kind, Environment: e.Environment,
		Actor: e.Actor, Reason: e.Reason, Text: event.Text, At: d.at, Expires: d.at.Add(proposalLives),
	}
	for _, diff := range authoring.Diff(d.before.Flag, d.after) {
		p.Changes = append(p.Changes, diff.String())
	}
	p.Hash = p.fingerprint()
	rec, err := record.With(davit.Record{Kind: KindProposal, ID: p.id(), Service: p.Project, Environment: p.Environment, Phase: "waiting", Created: d.at}, p)
	if err != nil {
		return Edited{}, err
	}
	told := davit.Event{
		At: d.at, Kind: "flag.proposed", Actor: e.Actor, Service: e.Project, Environment: e.Environment,
		Text: fmt.Sprintf("%s proposed to change the flag %s; it needs a second person: davit flags approve %s %s", e.Actor, e.Key, e.Key, p.Hash),
		Data: map[string]string{"flag": e.Key, "hash": p.Hash, "change": event.Text},
	}
	_, err = b.ports.Keeper.Keep(ctx, davit.Change{Records: []davit.Record{rec}, Events: []davit.Event{told}})
	if davit.KindOf(err) == davit.Conflict {
		return Edited{}, &davit.Error{Kind: davit.Conflict, Text: "this change of " + e.Key + " is proposed already", Hint: "davit flags approve " + e.Key + " " + p.Hash}
	}
	if err != nil {
		return Edited{}, err
	}
	return Edited{Flag: d.before, Proposal: &p, Text: told.Text}, nil
}

// Proposals returns what waits for a second person, newest first. Empty
// arguments do not restrict.
func (b *Book) Proposals(ctx context.Context, project, key string) ([]Proposal, error) {
	out := []Proposal{}
	now := b.now()
	err := record.All(ctx, b.ports.Keeper, davit.Query{Kind: KindProposal, Service: project}, func(rec davit.Record) error {
		var p Proposal
		if err := record.Decode(rec, &p); err != nil {
			return err
		}
		if (key == "" || p.Key == key) && now.Before(p.Expires) {
			out = append(out, p)
		}
		return nil
	})
	return out, err
}

// Approve says yes to a proposal, which is then done. Nobody approves his own,
// nor what was decided on a version that is gone, nor what has expired.
func (b *Book) Approve(ctx context.Context, actor, project, key, hash, reason string) (Edited, error) {
	b.deciding.Lock()
	defer b.deciding.Unlock()
	rec, p, err := record.Load[Proposal](ctx, b.ports.Keeper, KindProposal, project+"/"+key+"@"+hash)
	if davit.KindOf(err) == davit.NotFound {
		return Edited{}, &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("no change of %s with the hash %s waits for approval", key, hash), Hint: "davit flags show " + key + " lists what waits"}
	}
	if err != nil {
		return Edited{}, err
	}
	before, err := b.project(project).flag(key)
	switch {
	case err != nil:
		return Edited{}, err
	case p.Actor == actor:
		return Edited{}, &davit.Error{Kind: davit.Denied, Text: "nobody approves his own change: " + actor + " proposed it", Hint: "ask somebody else, whose token has a name of its own"}
	case !b.now().Before(p.Expires):
		return Edited{}, &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("the proposal expired at %s", p.Expires.Format(time.RFC3339)), Hint: "propose it again"}
	case before.Version != p.Version || p.fingerprint() != hash:
		return Edited{}, &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("the flag %s has changed since this was proposed", key), Hint: "propose it again: what would come of it is not what was looked at"}
	}
	at := b.now()
	yes := davit.Event{
		At: at, Kind: "flag.approved", Actor: actor, Service: project, Environment: p.Environment,
		Text: fmt.Sprintf("%s approved the change of the flag %s that %s proposed%s", actor, key, p.Actor, because(reason)),
		Data: map[string]string{"flag": key, "hash": hash},
	}
	return b.keep(ctx, decided{
		edit: Edit{
			Project: project, Key: key, Actor: p.Actor, Reason: p.Reason, Kind: p.Kind, Environment: p.Environment, Text: p.Text,
			Data: map[string]string{"approved": actor},
		},
		before: before, after: p.Flag, at: at, also: []davit.Record{rec}, preceding: []davit.Event{yes},
	})
}

// Withdraw takes a proposal back, or refuses it, with a reason.
func (b *Book) Withdraw(ctx context.Context, actor, project, key, hash, reason string) error {
	b.deciding.Lock()
	defer b.deciding.Unlock()
	rec, p, err := record.Load[Proposal](ctx, b.ports.Keeper, KindProposal, project+"/"+key+"@"+hash)
	if err != nil {
		return err
	}
	_, err = b.ports.Keeper.Keep(ctx, davit.Change{Deleted: []davit.Record{rec}, Events: []davit.Event{{
		At: b.now(), Kind: "flag.withdrawn", Actor: actor, Service: project, Environment: p.Environment,
		Text: fmt.Sprintf("%s turned down the change of the flag %s that %s proposed%s", actor, key, p.Actor, because(reason)),
		Data: map[string]string{"flag": key, "hash": hash},
	}}})
	return err
}

// expire forgets proposals nobody has answered.
func (b *Book) expire(ctx context.Context) error {
	var old []davit.Record
	now := b.now()
	err := record.All(ctx, b.ports.Keeper, davit.Query{Kind: KindProposal}, func(rec davit.Record) error {
		var p Proposal
		err := record.Decode(rec, &p)
		if err == nil && !now.Before(p.Expires) {
			old = append(old, rec)
		}
		return err
	})
	if err != nil || len(old) == 0 {
		return err
	}
	for page := range slices.Chunk(old, 100) {
		_, failed := b.ports.Keeper.Keep(ctx, davit.Change{Deleted: page})
		err = errors.Join(err, failed)
	}
	return err
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}
