package authoring

import (
	"fmt"
	"time"
)

// Phase says where a flag stands in its life.
type Phase string

// The phases.
const (
	New      Phase = "new"      // made lately and not yet used
	Active   Phase = "active"   // it gives different users different variants, or may at any time
	Launched Phase = "launched" // everybody gets the same: the flag has done its work
	Inactive Phase = "inactive" // nobody asks for it
)

// Life is what is known of the use of a flag.
type Life struct {
	Changed time.Time            // when it was last changed
	Seen    map[string]time.Time // variant to when it was last given in any environment
}

// StaleRules say when a flag is stale.
type StaleRules struct {
	Quiet    time.Duration // nobody asks for it for so long; default 14 days
	OneSided time.Duration // everybody gets the same for so long; default 14 days
	Settled  time.Duration // not changed for so long while it is one-sided; default 14 days
}

func (r StaleRules) orDefault() StaleRules {
	const fortnight = 14 * 24 * time.Hour
	if r.Quiet == 0 {
		r.Quiet = fortnight
	}
	if r.OneSided == 0 {
		r.OneSided = fortnight
	}
	if r.Settled == 0 {
		r.Settled = fortnight
	}
	return r
}

// Staleness is what says that a flag should go.
type Staleness struct {
	Phase   Phase
	Overdue bool     // past its expiry
	Reasons []string // why it is stale; none: it is not
	Keep    string   // the variant everybody gets, which is what the code should keep; empty: several
}

// Stale reports whether there is a reason to remove the flag.
func (s Staleness) Stale() bool { return len(s.Reasons) > 0 }

// Stale judges a flag at a time. Kill switches and permissions live for good;
// they are stale only once nobody asks for them, or past an expiry that
// somebody gave them.
func Stale(f Flag, life Life, rules StaleRules, now time.Time) Staleness {
	rules = rules.orDefault()
	out := Staleness{Phase: Active, Overdue: f.Overdue(now)}
	if out.Overdue {
		out.Reasons = append(out.Reasons, fmt.Sprintf("it should have gone by %s, %s ago", f.Expires.Format(time.DateOnly), days(now.Sub(f.Expires))))
	}
	var last time.Time
	for _, at := range life.Seen {
		if at.After(last) {
			last = at
		}
	}
	quiet := now.Sub(f.Created)
	if !last.IsZero() {
		quiet = now.Sub(last)
	}
	switch {
	case last.IsZero() && quiet < rules.Quiet:
		out.Phase = New
	case quiet >= rules.Quiet:
		out.Phase = Inactive
		out.Reasons = append(out.Reasons, fmt.Sprintf("nobody has asked for it for %s", days(quiet)))
	}
	lasting := f.Kind == KillSwitch || f.Kind == Permission
	if keep, ok := f.constant(); ok {
		settled := now.Sub(life.Changed)
		if out.Phase == Active {
			out.Phase = Launched
		}
		out.Keep = keep
		if !lasting && settled >= rules.Settled {
			out.Reasons = append(out.Reasons, fmt.Sprintf("everybody gets %q everywhere, unchanged for %s", keep, days(settled)))
		}
		return out
	}
	if keep := onlySeen(life, now.Add(-rules.OneSided)); keep != "" && !lasting && now.Sub(life.Changed) >= rules.OneSided && out.Phase == Active {
		out.Keep = keep
		out.Reasons = append(out.Reasons, fmt.Sprintf("only %q was given for %s", keep, days(rules.OneSided)))
	}
	return out
}

// constant returns the variant that everybody gets in every environment.
func (f Flag) constant() (string, bool) {
	keep := ""
	for _, e := range f.Environments {
		s := *e.Value
		given := s.Off
		if s.On {
			given = s.Serve.Variant
		}
		if s.Disabled || len(s.Schedule) > 0 || s.On && (len(s.Rules)+len(s.Targets)+len(s.Needs) > 0 || given == "") || keep != "" && keep != given {
			return "", false
		}
		keep = given
	}
	return keep, keep != ""
}

// onlySeen returns the one variant that was given since a time; empty: none,
// or several.
func onlySeen(life Life, since time.Time) string {
	only := ""
	for name, at := range life.Seen {
		if at.Before(since) {
			continue
		}
		if only != "" {
			return ""
		}
		only = name
	}
	return only
}

func days(d time.Duration) string {
	if n := int(d.Hours() / 24); n != 1 {
		return fmt.Sprintf("%d days", n)
	}
	return "1 day"
}
