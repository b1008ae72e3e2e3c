package gate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/davit-cd/davit"
)

// approval waits until enough people have said yes. It decides by what is
// written down; the engine keeps who said yes, and when.
//
// Parameters: count (1), by (the least role, deployer), within (7d), own (false:
// the yes of whoever pushed or wrote the commit does not count).
type approval struct{}

// Check counts the approvals that count.
func (approval) Check(_ context.Context, f Facts) davit.Finding {
	count, err1 := f.whole("count", 1)
	by, err2 := f.text("by", string(davit.Deployer))
	within, err3 := f.duration("within", 7*24*time.Hour)
	own, err4 := f.flag("own")
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return f.unanswered(err.Error())
	}
	least := davit.Role(by)
	if !least.Includes(davit.Viewer) {
		return f.unanswered(fmt.Sprintf("parameter by: there is no role %q", by))
	}
	var yes, theirs, small []string
	for _, a := range f.Approvals {
		switch {
		case a.Actor == "" || slices.Contains(yes, a.Actor):
		case !own && f.wrote(a.Actor):
			theirs = append(theirs, a.Actor)
		case !a.Role.Includes(least):
			small = append(small, a.Actor)
		default:
			yes = append(yes, a.Actor)
		}
	}
	deadline := f.since().Add(within)
	found := pass("approved by " + and(yes))
	if len(yes) < count {
		found = wait(fmt.Sprintf("%d of %d approvals", len(yes), count), deadline)
		if len(theirs) > 0 {
			found.Reason += "; that of " + and(theirs) + " does not count, it is their own commit"
		}
		if len(small) > 0 {
			found.Reason += "; that of " + and(small) + " does not count, it takes the role " + by
		}
		if !f.Now.Before(deadline) {
			found.Answer, found.Until = davit.Refused, time.Time{}
			found.Reason = "not approved in time: " + found.Reason
		}
	}
	found.Evidence = map[string]string{"approved_by": strings.Join(yes, ", "), "needed": fmt.Sprint(count), "role": by}
	found.Override = []davit.Role{davit.Admin}
	return found
}

// wrote reports whether the commit is the actor's own work. An author is written
// "Name <address>" and is claimed, not proven; it only ever takes rights away.
func (f Facts) wrote(actor string) bool {
	name, address, _ := strings.Cut(f.Release.Author, "<")
	user, _, _ := strings.Cut(address, "@")
	for _, who := range []string{f.Pusher, strings.TrimSpace(name), strings.TrimSuffix(address, ">"), user} {
		if who != "" && strings.EqualFold(who, actor) {
			return true
		}
	}
	return false
}
