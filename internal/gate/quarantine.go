package gate

import (
	"context"

	"github.com/davit-cd/davit"
)

// quarantine refuses an artifact that was rolled back before. Nobody overrides
// it: a person lifts the quarantine, with a reason, and asks again.
type quarantine struct{}

// Check refuses what is in quarantine.
func (quarantine) Check(_ context.Context, f Facts) davit.Finding {
	if f.Release.Artifact == "" {
		return f.unanswered("the release names no artifact")
	}
	if f.Quarantined != "" {
		found := refuse("artifact " + f.Release.Artifact.Short() + " is in quarantine: " + f.Quarantined)
		found.Evidence = map[string]string{"artifact": string(f.Release.Artifact), "why": f.Quarantined}
		return found
	}
	return pass("artifact " + f.Release.Artifact.Short() + " is not in quarantine")
}
