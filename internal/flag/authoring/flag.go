package authoring

import (
	"slices"
	"time"

	"github.com/davit-cd/davit"
)

// Flag is a flag as it is authored: what it is, and its state in each
// environment. Its key is unique in its project.
type Flag struct {
	Key          string
	Project      string
	Kind         Kind
	Owner        string // who answers for it
	Purpose      string // one sentence
	Created      time.Time
	Expires      time.Time       // when it should be gone; zero: never
	Variants     Ordered[any]    // of one JSON type, in the order they were written
	Hash         *Hash           `json:",omitempty"` // how users fall into buckets; nil: Davit's own
	Approval     bool            `json:",omitempty"` // every change needs a second person
	Environments Ordered[*State] // where it says nothing, the flag is off
}

// Hash keeps users in the buckets another system put them in.
type Hash struct {
	Name string // "unleash", "growthbook-v2" …
	Salt string `json:",omitempty"` // or seed or group, where the system has one; empty: the flag's key
}

// State is what a flag does in one environment.
type State struct {
	On       bool
	Disabled bool              `json:",omitempty"` // answers nothing, so that the code's default holds
	Off      string            // variant while the flag is off, and where nothing else is said
	Needs    []Need            `json:",omitempty"` // prerequisites; without them the off variant
	Targets  Ordered[[]string] `json:",omitempty"` // variant to the keys that always get it
	Rules    []Rule            `json:",omitempty"` // the first that matches decides
	Serve    Outcome           // where no rule matches
	Schedule []Change          `json:",omitempty"` // what is to change, sorted by time
	Bucket   string            `json:",omitempty"` // one of Buckets; empty: Own
	By       string            `json:",omitempty"` // attribute that is put into buckets; empty: the targeting key
	Approval bool              `json:",omitempty"` // changes here need a second person
	Ramp     string            `json:",omitempty"` // the ramp that has the word on Serve; empty: people have
}

// The ways to put a user into a bucket.
const (
	Own    = "own"    // salted by project, flag and rule: independent of every other flag
	Flagd  = "flagd"  // as flagd's shorthand: salted by the flag's key
	Router = "router" // as the router does: those on the new version are those with the flag
)

// Need is a prerequisite: another flag of the project that must give one of
// the variants.
type Need struct {
	Flag     string
	Variants []string
}

// Rule gives an outcome to those a condition holds for.
type Rule struct {
	Name string `json:",omitempty"` // salts its split, so that moving the rule re-assigns nobody
	If   Condition
	Outcome
}

// Outcome is what users get: one variant, or one of several by their bucket,
// or that with shares that move with time. Exactly one field is set.
type Outcome struct {
	Variant string                `json:",omitempty"`
	Split   Ordered[davit.Weight] `json:",omitempty"` // adds up to davit.Full
	Linear  *Linear               `json:",omitempty"`
}

// Linear is a share that moves evenly with time.
type Linear struct {
	Variant    string       // whose share moves
	Others     string       // what the others get
	From, To   davit.Weight // share before Begin and after End
	Begin, End time.Time    // to the second
}

// At returns the share at a time.
func (l Linear) At(t time.Time) davit.Weight {
	switch {
	case !t.After(l.Begin):
		return l.From
	case !t.Before(l.End):
		return l.To
	}
	done := float64(t.Sub(l.Begin)) / float64(l.End.Sub(l.Begin))
	return l.From + davit.Weight(done*float64(l.To-l.From))
}

// Change is a step of a schedule: from At on the fields that are set hold.
type Change struct {
	At    time.Time // to the second
	On    *bool     `json:",omitempty"`
	Serve *Outcome  `json:",omitempty"`
	Note  string    `json:",omitempty"` // why
}

// apply returns s with what c says put over it.
func (c Change) apply(s State) State {
	if c.On != nil {
		s.On = *c.On
	}
	if c.Serve != nil {
		s.Serve = *c.Serve
	}
	return s
}

// Due splits the schedule at a time: the state as it is then, and how many of
// the steps are behind it. The steps that are left stay in the state.
func (s State) Due(now time.Time) (State, int) {
	n := 0
	for n < len(s.Schedule) && !s.Schedule[n].At.After(now) {
		s = s.Schedule[n].apply(s)
		n++
	}
	s.Schedule = slices.Clone(s.Schedule[n:])
	return s, n
}

// Next returns when the next step of any environment is due; zero: never.
func (f Flag) Next() time.Time {
	var next time.Time
	for _, e := range f.Environments {
		for _, c := range e.Value.Schedule {
			if next.IsZero() || c.At.Before(next) {
				next = c.At
			}
		}
	}
	return next
}

// State returns the state in an environment; one that says nothing is off, and
// gives the on variant once it is turned on.
func (f Flag) State(environment string) State {
	if s, ok := f.Environments.Get(environment); ok && s != nil {
		return *s
	}
	return State{Off: f.offVariant(), Serve: Outcome{Variant: f.onVariant()}}
}

// With returns a copy of f with another state in one environment.
func (f Flag) With(environment string, s State) Flag {
	out := slices.Clone(f.Environments)
	if i := out.index(environment); i >= 0 {
		out[i].Value = &s
	} else {
		out = append(out, Named[*State]{environment, &s})
	}
	f.Environments = out
	return f
}

// Overdue reports whether the flag should be gone at a time.
func (f Flag) Overdue(now time.Time) bool { return !f.Expires.IsZero() && now.After(f.Expires) }

// offVariant is the variant a flag is off with if none is named: off or false,
// else the last.
func (f Flag) offVariant() string {
	for _, v := range f.Variants {
		if v.Name == "off" || v.Value == false {
			return v.Name
		}
	}
	if len(f.Variants) == 0 {
		return ""
	}
	return f.Variants[len(f.Variants)-1].Name
}

// onVariant is the variant a flag is on with if none is named: on or true,
// else the first.
func (f Flag) onVariant() string {
	for _, v := range f.Variants {
		if v.Name == "on" || v.Value == true {
			return v.Name
		}
	}
	if len(f.Variants) == 0 {
		return ""
	}
	return f.Variants[0].Name
}

// Variant returns the variants a flag is off and on with if none is named.
func (f Flag) Variant() (off, on string) { return f.offVariant(), f.onVariant() }

// NeedsApproval reports whether a change in an environment needs a second
// person. Empty environments ask for the flag as a whole.
func (f Flag) NeedsApproval(environments ...string) bool {
	return f.Approval || slices.ContainsFunc(environments, func(e string) bool { return f.State(e).Approval })
}
