package gate

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// soak waits until the release has run in the environments before this one for
// some time. Parameter: for (1h).
type soak struct{}

// Check compares how long the release has run with how long it must.
func (soak) Check(_ context.Context, f Facts) davit.Finding {
	least, err := f.duration("for", time.Hour)
	if err != nil {
		return f.unanswered(err.Error())
	}
	before := f.After
	if len(before) == 0 {
		before = slices.Sorted(maps.Keys(f.ReachedEarlier))
	}
	if len(before) == 0 {
		return f.unanswered("no environment comes before " + f.Environment + ", so the release cannot have run in one")
	}
	found := pass("the release has run in " + and(before) + " for " + spec.FormatDuration(least))
	found.Evidence = map[string]string{"for": spec.FormatDuration(least)}
	var over time.Time
	for _, e := range before {
		at := f.ReachedEarlier[e]
		if at.IsZero() || at.After(f.Now) {
			found.Evidence[e] = "not reached"
			over, found.Answer, found.Reason, found.Until = time.Time{}, davit.Waiting, "the release has not reached "+e, f.Deadline
			break
		}
		found.Evidence[e] = "since " + at.UTC().Format(time.RFC3339)
		if end := at.Add(least); end.After(f.Now) && end.After(over) {
			over = end
		}
	}
	if !over.IsZero() {
		found.Answer, found.Until = davit.Waiting, over
		found.Reason = "the release must run in " + and(before) + " until " + over.UTC().Format("2006-01-02 15:04:05") + " UTC"
	}
	found.Override = []davit.Role{davit.Admin}
	return found
}
