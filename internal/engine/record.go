package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/rollout"
)

// Kinds of records the engine keeps. The body of each is the JSON of the type
// named beside it.
const (
	KindRepo       = "repo"       // Repo
	KindService    = "service"    // Service
	KindRun        = "run"        // pipeline.State
	KindRelease    = "release"    // Release
	KindRollout    = "rollout"    // rollout.State
	KindLane       = "lane"       // rollout.Lane, id service/environment
	KindQuarantine = "quarantine" // Quarantine, id Quarantine.ID
	KindApproval   = "approval"   // Approvals, id rollout
	KindOverride   = "override"   // Overrides, id service/environment
)

// load reads a record and its body.
func load[T any](ctx context.Context, k Keeper, kind, id string) (davit.Record, T, error) {
	var body T
	rec, err := k.Record(ctx, kind, id)
	if err != nil {
		return rec, body, err
	}
	return rec, body, decode(rec, &body)
}

func decode(rec davit.Record, into any) error {
	if err := json.Unmarshal(rec.Body, into); err != nil {
		return fmt.Errorf("read %s %s: %w", rec.Kind, rec.ID, err)
	}
	return nil
}

// loadOr reads a record, or returns a new one with the body given.
func loadOr[T any](ctx context.Context, k Keeper, fresh davit.Record, body T) (davit.Record, T, error) {
	rec, kept, err := load[T](ctx, k, fresh.Kind, fresh.ID)
	if davit.KindOf(err) == davit.NotFound {
		return fresh, body, nil
	}
	return rec, kept, err
}

// with returns rec with a new body.
func with(rec davit.Record, body any) (davit.Record, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return rec, fmt.Errorf("keep %s %s: %w", rec.Kind, rec.ID, err)
	}
	rec.Body = b
	return rec, nil
}

// all reads every record that q selects, page by page.
func all(ctx context.Context, k Keeper, q davit.Query, each func(davit.Record) error) error {
	q.Limit = 500
	for {
		page, next, err := k.Records(ctx, q)
		if err != nil {
			return err
		}
		for _, rec := range page {
			if err := each(rec); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		q.Before = next
	}
}

func runRecord(rec davit.Record, s pipeline.State) (davit.Record, error) {
	rec.Kind, rec.ID, rec.Service, rec.Phase = KindRun, s.ID, s.Service, string(s.Phase)
	rec.Wake, rec.Created = s.Wake, s.Created
	return with(rec, s)
}

func rolloutRecord(rec davit.Record, s rollout.State) (davit.Record, error) {
	rec.Kind, rec.ID, rec.Service, rec.Environment, rec.Phase = KindRollout, s.ID, s.Service, s.Environment, string(s.Phase)
	rec.Wake, rec.Created = s.Wake(), s.Created
	return with(rec, s)
}

func laneFresh(service, environment string) (davit.Record, rollout.Lane) {
	return davit.Record{Kind: KindLane, ID: service + "/" + environment, Service: service, Environment: environment},
		rollout.Lane{Service: service, Environment: environment}
}
