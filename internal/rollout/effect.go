package rollout

import (
	"strconv"
	"strings"

	"github.com/davit-cd/davit"
)

// Effect is something that has to be true in the world now. Key is the same as
// long as the same thing is wanted, so an engine starts the work for a key once
// and drops it when the key is no longer wanted. All effects are idempotent.
type Effect interface{ Key() string }

type (
	// AskGates asks the environment's gates until all of them pass or one fails.
	AskGates struct{}
	// Place brings up Count ready instances of a release.
	Place struct {
		Release string
		Count   int
	}
	// Route makes the router serve this split.
	Route struct {
		Revision uint64
		Old, New string // release ids; empty: not in the route
		Weight   davit.Weight
		Match    []davit.Match
		Mirror   davit.Weight
		Hold     bool // requests wait for a backend
	}
	// Smoke runs the smoke tests against a release, through the router.
	Smoke struct {
		Release string
		Again   bool // after promotion
	}
	// Watch asks the judge once a second and looks for crashes.
	Watch struct {
		Step   int
		Mirror bool // judge the mirrored copies, not the live traffic
		Guard  bool // there is no live traffic to compare with, or it is being moved: absolute guards only
		Moving bool // the step's traffic is not confirmed yet
	}
	// Retire drains a release and stops its instances.
	Retire struct{ Release string }
)

// Key returns "gates".
func (e AskGates) Key() string { return "gates" }

// Key names the release and the count.
func (e Place) Key() string { return "place " + e.Release + " " + strconv.Itoa(e.Count) }

// Key names the revision.
func (e Route) Key() string { return "route " + strconv.FormatUint(e.Revision, 10) }

// Key names the release and the occasion.
func (e Smoke) Key() string {
	if e.Again {
		return "smoke " + e.Release + " again"
	}
	return "smoke " + e.Release
}

// Key names the step and the kind of judgement.
func (e Watch) Key() string {
	var key strings.Builder
	key.WriteString("watch " + strconv.Itoa(e.Step))
	for _, w := range []struct {
		word string
		is   bool
	}{{" mirror", e.Mirror}, {" guard", e.Guard}, {" moving", e.Moving}} {
		if w.is {
			key.WriteString(w.word)
		}
	}
	return key.String()
}

// Key names the release.
func (e Retire) Key() string { return "retire " + e.Release }
