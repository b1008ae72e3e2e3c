package authoring

import (
	"fmt"
	"slices"
	"strings"

	"github.com/davit-cd/davit"
)

// Difference is one thing in which two versions of a flag differ.
type Difference struct {
	Environment string // empty: the flag as a whole
	What        string // "owner", "serve", "rule beta" …
	Before      string // empty: it was not there
	After       string // empty: it is gone
}

// String says what changed: "production: serve 10 % on, 90 % off → 25 % on, 75 % off".
func (d Difference) String() string {
	where := ""
	if d.Environment != "" {
		where = d.Environment + ": "
	}
	switch {
	case d.Before == "":
		return fmt.Sprintf("%s%s: %s", where, d.What, d.After)
	case d.After == "":
		return fmt.Sprintf("%s%s no longer: %s", where, d.What, d.Before)
	}
	return fmt.Sprintf("%s%s: %s → %s", where, d.What, d.Before, d.After)
}

// Diff returns in what two versions of a flag differ, in a fixed order.
func Diff(before, after Flag) []Difference {
	d := differ{}
	date := func(f Flag) string {
		if f.Expires.IsZero() {
			return "none"
		}
		return f.Expires.Format("2006-01-02")
	}
	d.compare("kind", string(before.Kind), string(after.Kind))
	d.compare("owner", before.Owner, after.Owner)
	d.compare("purpose", before.Purpose, after.Purpose)
	d.compare("expires", date(before), date(after))
	d.compare("variants", shown(before.Variants), shown(after.Variants))
	d.compare("hash", hashText(before.Hash), hashText(after.Hash))
	d.compare("approval", needed(before.Approval), needed(after.Approval))
	names := before.Environments.Names()
	for _, n := range after.Environments.Names() {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	for _, n := range names {
		d.environment = n
		d.state(before.State(n), after.State(n))
	}
	return d.found
}

type differ struct {
	environment string
	found       []Difference
}

func (d *differ) compare(what, before, after string) {
	if before != after {
		d.found = append(d.found, Difference{d.environment, what, before, after})
	}
}

func (d *differ) state(a, b State) {
	d.compare("on", onText(a), onText(b))
	d.compare("off variant", a.Off, b.Off)
	d.compare("needs", needsText(a.Needs), needsText(b.Needs))
	d.compare("targets", targetsText(a.Targets), targetsText(b.Targets))
	for i := range max(len(a.Rules), len(b.Rules)) {
		before, after, name := "", "", fmt.Sprintf("rule %d", i+1)
		if i < len(a.Rules) {
			before = ruleText(a.Rules[i])
		}
		if i < len(b.Rules) {
			after = ruleText(b.Rules[i])
		}
		d.compare(name, before, after)
	}
	d.compare("serve", a.Serve.String(), b.Serve.String())
	d.compare("schedule", scheduleText(a.Schedule), scheduleText(b.Schedule))
	d.compare("bucket", strings.TrimSpace(a.Bucket+" "+a.By), strings.TrimSpace(b.Bucket+" "+b.By))
	d.compare("approval", needed(a.Approval), needed(b.Approval))
}

func onText(s State) string {
	switch {
	case s.Disabled:
		return "disabled"
	case s.On:
		return "on"
	}
	return "off"
}

func needed(b bool) string {
	if b {
		return "needed"
	}
	return ""
}

func hashText(h *Hash) string {
	if h == nil {
		return ""
	}
	return strings.TrimSpace(h.Name + " " + h.Salt)
}

func needsText(needs []Need) string {
	out := []string{}
	for _, n := range needs {
		out = append(out, n.Flag+" is "+strings.Join(n.Variants, " or "))
	}
	return strings.Join(out, ", ")
}

func targetsText(t Ordered[[]string]) string {
	out := []string{}
	for _, e := range t {
		keys := strings.Join(e.Value, ", ")
		if len(e.Value) > 5 {
			keys = fmt.Sprintf("%s and %d more", strings.Join(e.Value[:5], ", "), len(e.Value)-5)
		}
		out = append(out, e.Name+" for "+keys)
	}
	return strings.Join(out, "; ")
}

func ruleText(r Rule) string {
	name := ""
	if r.Name != "" {
		name = r.Name + ": "
	}
	return name + "if " + r.If.String() + " then " + r.Outcome.String()
}

func scheduleText(steps []Change) string {
	out := []string{}
	for _, c := range steps {
		out = append(out, c.String())
	}
	return strings.Join(out, "; ")
}

// String says what a step does and when.
func (c Change) String() string {
	what := []string{}
	if c.On != nil {
		what = append(what, onText(State{On: *c.On}))
	}
	if c.Serve != nil {
		what = append(what, "serve "+c.Serve.String())
	}
	return c.At.UTC().Format("2006-01-02 15:04:05Z") + " " + strings.Join(what, ", ")
}

// String says who gets what: "on", "25 % on, 75 % off".
func (o Outcome) String() string {
	switch {
	case o.Linear != nil:
		l := o.Linear
		return fmt.Sprintf("%s from %s to %s between %s and %s, else %s", l.Variant, l.From, l.To,
			l.Begin.UTC().Format("2006-01-02 15:04Z"), l.End.UTC().Format("2006-01-02 15:04Z"), l.Others)
	case len(o.Split) > 0:
		parts := []string{}
		for _, e := range o.Split {
			parts = append(parts, e.Value.String()+" "+e.Name)
		}
		return strings.Join(parts, ", ")
	}
	return o.Variant
}

// Share returns which share of the users a variant has by the outcome alone,
// at its end where it moves with time.
func (o Outcome) Share(variant string) davit.Weight {
	switch {
	case o.Linear != nil && o.Linear.Variant == variant:
		return o.Linear.To
	case o.Linear != nil && o.Linear.Others == variant:
		return davit.Full - o.Linear.To
	case o.Variant == variant && len(o.Split) == 0 && o.Linear == nil:
		return davit.Full
	}
	w, _ := o.Split.Get(variant)
	return w
}

// String writes a condition on one line.
func (c Condition) String() string {
	join := func(parts []Condition, word string) string {
		out := []string{}
		for _, p := range parts {
			text := p.String()
			if len(p.All)+len(p.Any) > 1 {
				text = "(" + text + ")"
			}
			out = append(out, text)
		}
		return strings.Join(out, " "+word+" ")
	}
	switch {
	case len(c.All) > 0:
		return join(c.All, "and")
	case len(c.Any) > 0:
		return join(c.Any, "or")
	case c.Not != nil:
		return "not (" + c.Not.String() + ")"
	case len(c.Segments) > 0:
		return "in segment " + strings.Join(c.Segments, " or ")
	case c.Share > 0:
		return "in a share of " + c.Share.String()
	case c.Attribute != "":
		out := []string{}
		for _, t := range c.Tests {
			out = append(out, fmt.Sprintf("%s %s %s", c.Attribute, t.Op, shown(t.Value)))
		}
		return strings.Join(out, " and ")
	}
	return "always"
}
