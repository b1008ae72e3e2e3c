package engine

import (
	"context"
	"fmt"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/record"
	"github.com/davit-cd/davit/internal/rollout"
)

// Quarantine keeps an artifact from every environment until it is lifted.
func (e *Engine) Quarantine(ctx context.Context, actor string, digest davit.Digest, reason string) error {
	if reason == "" {
		return &davit.Error{Kind: davit.Invalid, Text: "quarantine needs a reason", Hint: "add --reason"}
	}
	release, err := e.releaseOf(ctx, digest)
	if err != nil {
		return err
	}
	e.deciding.Lock()
	defer e.deciding.Unlock()
	if q, err := e.quarantined(ctx, rollout.Side{Artifact: digest}); err != nil || q != "" {
		if err == nil {
			err = &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("%s is quarantined already: %s", digest.Short(), q)}
		}
		return err
	}
	var change davit.Change
	err = e.quarantineIn(ctx, &change, Quarantine{Digest: digest, Service: release.Service, Release: release.ID, Reason: reason, Actor: actor, At: e.now()})
	if err != nil {
		return err
	}
	_, err = e.Keeper.Keep(ctx, change)
	return err
}

// Lift ends a quarantine, with a reason.
func (e *Engine) Lift(ctx context.Context, actor string, digest davit.Digest, reason string) error {
	if reason == "" {
		return &davit.Error{Kind: davit.Invalid, Text: "lifting a quarantine needs a reason", Hint: "add --reason"}
	}
	e.deciding.Lock()
	defer e.deciding.Unlock()
	rec, q, err := record.Load[Quarantine](ctx, e.Keeper, KindQuarantine, string(digest))
	if davit.KindOf(err) == davit.NotFound {
		return &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("%s is not quarantined", digest)}
	}
	if err != nil {
		return err
	}
	_, err = e.Keeper.Keep(ctx, davit.Change{Deleted: []davit.Record{rec}, Events: []davit.Event{{
		At: e.now(), Kind: "quarantine.lifted", Actor: actor, Service: q.Service, Release: q.Release, Digest: q.Digest,
		Text: fmt.Sprintf("%s lifted the quarantine of %s: %s", actor, q.Release, reason), Data: map[string]string{"was": q.Reason},
	}}})
	return err
}

// quarantined returns why an artifact is quarantined, or is with the
// configuration that s has, "" if it is not.
func (e *Engine) quarantined(ctx context.Context, s rollout.Side) (string, error) {
	for _, of := range []Quarantine{{Digest: s.Artifact}, {Digest: s.Artifact, Config: s.Config}} {
		_, q, err := record.Load[Quarantine](ctx, e.Keeper, KindQuarantine, string(of.ID()))
		if davit.KindOf(err) == davit.NotFound {
			continue
		}
		if err != nil {
			return "", err
		}
		reason := or(q.Reason, "no reason was kept")
		if q.Config != "" {
			reason = "with this configuration: " + reason
		}
		return reason, nil
	}
	return "", nil
}

// condemn adds the quarantine of what is taken back to a change. If what serves
// instead is the same artifact, the configuration is to blame: the artifact stays
// free with any other, or nobody could go back to it. What differs in nothing
// from what serves is not quarantined.
func (e *Engine) condemn(ctx context.Context, change *davit.Change, bad, serves rollout.Side, q Quarantine) error {
	q.Digest, q.Release = bad.Artifact, bad.Release
	switch {
	case bad.Same(serves):
		return nil
	case serves.Release != "" && serves.Artifact == bad.Artifact:
		q.Config = bad.Config
	}
	return e.quarantineIn(ctx, change, q)
}

// quarantineIn adds a quarantine to a change; one that is there already stays.
func (e *Engine) quarantineIn(ctx context.Context, change *davit.Change, q Quarantine) error {
	if there, err := e.quarantined(ctx, rollout.Side{Artifact: q.Digest, Config: q.Config}); err != nil || there != "" {
		return err
	}
	text, data := fmt.Sprintf("%s is quarantined: %s", q.Release, q.Reason), map[string]string(nil)
	if q.Config != "" {
		text, data = fmt.Sprintf("%s is quarantined with its configuration: %s", q.Release, q.Reason), map[string]string{"config": string(q.Config)}
	}
	rec, err := record.With(davit.Record{Kind: KindQuarantine, ID: string(q.ID()), Service: q.Service, Phase: "quarantined"}, q)
	if err != nil {
		return err
	}
	change.Records = append(change.Records, rec)
	change.Events = append(change.Events, davit.Event{
		At: q.At, Kind: "quarantine.set", Actor: q.Actor, Service: q.Service, Release: q.Release, Rollout: q.Rollout, Digest: q.Digest,
		Text: text, Data: data,
	})
	return nil
}

// releaseOf finds the newest release with an artifact.
func (e *Engine) releaseOf(ctx context.Context, digest davit.Digest) (Release, error) {
	var found *Release
	err := record.All(ctx, e.Keeper, davit.Query{Kind: KindRelease}, func(rec davit.Record) error {
		var r Release
		if err := record.Decode(rec, &r); err != nil {
			return err
		}
		if r.Artifact == digest && found == nil {
			found = &r
		}
		return nil
	})
	if err != nil {
		return Release{}, err
	}
	if found == nil {
		return Release{}, &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("no release has the artifact %s", digest)}
	}
	return *found, nil
}
