package engine

import (
	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/record"
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

func runRecord(rec davit.Record, s pipeline.State) (davit.Record, error) {
	rec.Kind, rec.ID, rec.Service, rec.Phase = KindRun, s.ID, s.Service, string(s.Phase)
	rec.Wake, rec.Created = s.Wake, s.Created
	return record.With(rec, s)
}

func rolloutRecord(rec davit.Record, s rollout.State) (davit.Record, error) {
	rec.Kind, rec.ID, rec.Service, rec.Environment, rec.Phase = KindRollout, s.ID, s.Service, s.Environment, string(s.Phase)
	rec.Wake, rec.Created = s.Wake(), s.Created
	return record.With(rec, s)
}

func laneFresh(service, environment string) (davit.Record, rollout.Lane) {
	return davit.Record{Kind: KindLane, ID: service + "/" + environment, Service: service, Environment: environment},
		rollout.Lane{Service: service, Environment: environment}
}
