package gate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/davit-cd/davit"
)

// Flag is what gates may know of a feature flag of the service.
type Flag struct {
	Key     string
	Owner   string
	Expires time.Time // zero: never
}

// flagsNeeded waits until the feature flags that a release needs are there.
// Parameter: flags (their keys). A release that is told to ask for a flag which
// nobody has made would have its code's default, and nobody could change it.
type flagsNeeded struct{}

// Check looks for the flags.
func (flagsNeeded) Check(_ context.Context, f Facts) davit.Finding {
	if f.Flags == nil {
		return f.unanswered("it cannot be said which flags there are")
	}
	list, ok := f.Params["flags"].([]any)
	if !ok || len(list) == 0 {
		return f.unanswered("parameter flags: the keys of the flags are missing")
	}
	var missing, there []string
	for _, v := range list {
		key, _ := v.(string)
		if slices.ContainsFunc(f.Flags, func(o Flag) bool { return o.Key == key }) {
			there = append(there, key)
		} else {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		found := f.unanswered(fmt.Sprintf("the release needs the flag %s, which %s does not have", and(missing), f.Service))
		found.Evidence = map[string]string{"missing": strings.Join(missing, ", "), "mend": "davit flags create, or write it into davit.flags.yaml"}
		found.Override = []davit.Role{davit.Admin}
		return found
	}
	return pass("the flags it needs are there: " + and(there))
}

// flagsOverdue refuses a release while flags have outlived their expiry.
// Parameters: grace (0), most (0).
type flagsOverdue struct{}

// Check counts overdue flags.
func (flagsOverdue) Check(_ context.Context, f Facts) davit.Finding {
	if f.Flags == nil {
		return f.unanswered("it cannot be said which flags there are")
	}
	grace, err := f.duration("grace", 0)
	if err != nil {
		return f.unanswered(err.Error())
	}
	most := 0
	if v, ok := f.Params["most"]; ok {
		n, isNumber := v.(float64)
		if !isNumber || n < 0 || n != float64(int(n)) {
			return f.unanswered(fmt.Sprintf("parameter most: %v is not a whole number", v))
		}
		most = int(n)
	}
	var overdue []string
	for _, flag := range f.Flags {
		if !flag.Expires.IsZero() && f.Now.After(flag.Expires.Add(grace)) {
			overdue = append(overdue, fmt.Sprintf("%s (%s, since %s)", flag.Key, flag.Owner, flag.Expires.Format(time.DateOnly)))
		}
	}
	if len(overdue) <= most {
		return pass(fmt.Sprintf("%d flags are overdue, %d are put up with", len(overdue), most))
	}
	found := refuse("flags should have gone by now: " + and(overdue))
	found.Evidence = map[string]string{"overdue": fmt.Sprint(len(overdue)), "mend": "davit flags refs says what to remove; davit flags edit KEY --set expires=DATE gives it more time"}
	found.Override = []davit.Role{davit.Admin}
	return found
}
