package authoring

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
)

// Line is one thing that was asked on the way to a result.
type Line struct {
	What    string `json:"what"`            // "rule germany: country in [\"DE\"]"
	Held    bool   `json:"held"`            // whether it held
	Why     string `json:"why,omitempty"`   // what was found: `country is "US"`
	Decides bool   `json:"decides"`         // whether the result comes from here
	Lines   []Line `json:"lines,omitempty"` // its parts
}

// Explained is how a flag came to what it gives a user.
type Explained struct {
	Project     string          `json:"project"`
	Flag        string          `json:"flag"`
	Environment string          `json:"environment"`
	Variant     string          `json:"variant,omitempty"`
	Value       json.RawMessage `json:"value,omitempty"`
	Reason      string          `json:"reason"`
	Text        string          `json:"text"`
	Portable    bool            `json:"portable"` // every client can evaluate it, not only Davit's server
	Lines       []Line          `json:"lines"`
}

// Explain says what a flag gives to whom a context describes, and of every part
// of the flag whether it held and why. Each part is evaluated by the evaluator
// that serves, so the answer is not a second opinion.
func (d Document) Explain(key, environment string, context map[string]any, now time.Time) (Explained, error) {
	c := newCompiler(d.Project, environment, d.Flags, d.Segments, d.Groups)
	f, ok := c.lookup(key)
	if !ok {
		return Explained{}, &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("there is no flag %q in the project %s", key, d.Project)}
	}
	text, _, err := Compile(d.Project, environment, d.Flags, d.Segments, d.Groups)
	if err != nil {
		return Explained{}, err
	}
	set, _, err := flag.Parse(text, flag.ParseOptions{ID: d.Project + "/" + environment})
	if err != nil {
		return Explained{}, err
	}
	user, err := flag.ContextOf(context)
	if err != nil {
		return Explained{}, err
	}
	defer user.Release()
	x := &explainer{compiler: c, user: user, context: context, now: now.Unix()}
	r := set.Evaluate(key, user, x.now)
	out := Explained{
		Project: d.Project, Flag: key, Environment: environment, Variant: r.Variant, Reason: string(r.Reason), Text: set.Flag(key).Explain(user, x.now).Text,
		Portable: set.Flag(key).Portable(),
	}
	if r.Value != nil {
		out.Value = r.Value.JSON()
	}
	state, taken := f.State(environment).Due(now)
	if taken > 0 {
		out.Lines = append(out.Lines, Line{What: "schedule", Held: true, Why: fmt.Sprintf("%d planned changes have come to their time", taken)})
	}
	out.Lines = append(out.Lines, x.state(f, state)...)
	return out, nil
}

// explainer evaluates parts of a flag.
type explainer struct {
	*compiler
	user    *flag.Context
	context map[string]any
	now     int64
}

// gives evaluates an expression that gives the name of a variant.
func (x *explainer) gives(f Flag, e expr) string {
	if c, ok := e.(constant); ok {
		return string(c)
	}
	def := map[string]any{"flags": map[string]any{f.Key: map[string]any{"state": "ENABLED", "variants": f.Variants, "targeting": e, "defaultVariant": f.offVariant()}}}
	text, err := marshal(def)
	if err != nil {
		return ""
	}
	set, _, err := flag.Parse(text, flag.ParseOptions{})
	if err != nil {
		return ""
	}
	return set.Evaluate(f.Key, x.user, x.now).Variant
}

// holds evaluates a condition.
func (x *explainer) holds(e expr) bool {
	yesNo := Flag{Key: "?", Variants: Ordered[any]{{"yes", true}, {"no", false}}}
	return x.gives(yesNo, when(e, constant("yes"), constant("no"))) == "yes"
}

func (x *explainer) state(f Flag, s State) []Line {
	switch {
	case s.Disabled:
		return []Line{{What: "disabled", Held: true, Decides: true, Why: "it answers nothing, so the program's own default counts"}}
	case !s.On:
		return []Line{{What: "off", Held: true, Decides: true, Why: "everybody gets " + s.Off}}
	}
	lines, done := []Line{}, false
	add := func(l Line, decides bool) {
		l.Decides = decides && !done
		done = done || decides
		lines = append(lines, l)
	}
	for _, n := range s.Needs {
		l := x.need(n)
		add(l, !l.Held)
	}
	for _, g := range x.groups {
		if g.gates(f.Key) {
			l := x.group(g, f.Key)
			add(l, !l.Held)
		}
	}
	key, _ := x.context[targetingKey].(string)
	for _, t := range s.Targets {
		l := Line{What: fmt.Sprintf("target of %s (%d keys)", t.Name, len(t.Value)), Held: x.holds(op("in", variable(targetingKey), t.Value)), Why: fmt.Sprintf("the key is %q", key)}
		add(l, l.Held)
	}
	for i, r := range s.Rules {
		name := r.Name
		if name == "" {
			name = "rule-" + strconv.Itoa(i+1)
		}
		draws := &draws{salt: x.salt(f.Key, name)}
		l := x.condition(r.If, draws)
		l.What = "rule " + name + ": " + l.What
		if l.Held {
			l.Why = strings.TrimPrefix(l.Why+"; ", "; ") + "gives " + x.given(f, s, r.Outcome, name)
		}
		add(l, l.Held)
	}
	add(Line{What: "no rule holds", Held: !done, Why: "gives " + x.given(f, s, s.Serve, "default")}, true)
	return lines
}

// given says what an outcome gives, and by which bucket.
func (x *explainer) given(f Flag, s State, o Outcome, rule string) string {
	e := x.outcome(f, s, o, rule, true)
	got := x.gives(f, e)
	if isConstant(e) {
		return got
	}
	by := s.By
	if by == "" {
		by = targetingKey
	}
	if f.Hash != nil && f.Hash.Name != "murmur3-v2" {
		return fmt.Sprintf("%s (of %s, by %s of %s)", got, o, f.Hash.Name, by)
	}
	key, ok := attribute(x.context, by).(string)
	if !ok || key == "" {
		return fmt.Sprintf("%s (there is no %s to go by)", got, by)
	}
	salt := x.salt(f.Key, rule) + "0/"
	switch {
	case s.Bucket == Flagd:
		salt = f.Key
	case s.Bucket == Router:
		salt = x.project + "/" + x.environment + "/"
	case f.Hash != nil:
		if salt = f.Hash.Salt; salt == "" {
			salt = f.Key
		}
	}
	bucket := flag.Bucket(salt, key, uint32(davit.Full))
	return fmt.Sprintf("%s (of %s; %q is at %s)", got, o, key, davit.Weight(bucket))
}

func (x *explainer) need(n Need) Line {
	l := Line{What: "needs " + n.Flag + " to be " + strings.Join(n.Variants, " or "), Held: x.holds(x.compiler.need(n))}
	parent, _ := x.lookup(n.Flag)
	gives := "nothing"
	if e := x.compiler.state(parent, true); e != nil {
		gives = x.gives(parent, e)
	}
	l.Why = n.Flag + " gives " + gives
	l.Lines = x.state(parent, parentState(parent, x.environment, x.now))
	return l
}

func parentState(f Flag, environment string, now int64) State {
	s, _ := f.State(environment).Due(time.Unix(now, 0))
	return s
}

func (x *explainer) group(g Group, key string) Line {
	l := Line{What: "takes part: group " + g.Name, Held: x.holds(x.takesPart(g, key))}
	if g.Holdout > 0 {
		l.What = "not held out: holdout " + g.Name
	}
	user, _ := x.context[targetingKey].(string)
	l.Why = fmt.Sprintf("%q is at %s", user, davit.Weight(flag.Bucket(x.project+"/group/"+g.Name+"/", user, uint32(davit.Full))))
	if user == "" {
		l.Why = "there is no targetingKey to go by"
	}
	return l
}

func (x *explainer) condition(c Condition, d *draws) Line {
	l := Line{What: c.String()}
	parts := func(list []Condition) {
		for _, sub := range list {
			l.Lines = append(l.Lines, x.condition(sub, d))
		}
	}
	held := func(all bool) bool {
		for _, sub := range l.Lines {
			if sub.Held != all {
				return !all
			}
		}
		return all
	}
	switch {
	case len(c.All) > 0:
		parts(c.All)
		l.Held = held(true)
	case len(c.Any) > 0:
		parts(c.Any)
		l.Held = held(false)
	case c.Not != nil:
		parts([]Condition{*c.Not})
		l.Held = !l.Lines[0].Held
	case len(c.Segments) > 0:
		for _, name := range c.Segments {
			l.Lines = append(l.Lines, x.inSegment(x.segments[name]))
		}
		l.Held = held(false)
	case c.Share > 0:
		salt := d.salt + strconv.Itoa(d.n+1) + "/"
		l.Held = x.holds(x.compiler.condition(c, d))
		user, _ := x.context[targetingKey].(string)
		l.Why = fmt.Sprintf("%q is at %s", user, davit.Weight(flag.Bucket(salt, user, uint32(davit.Full))))
	default:
		l.Held = x.holds(x.compiler.condition(c, d))
		l.Why = c.Attribute + " is missing"
		if v := attribute(x.context, c.Attribute); v != nil {
			l.Why = c.Attribute + " is " + shown(v)
		}
	}
	return l
}

func (x *explainer) inSegment(s Segment) Line {
	l := Line{What: "segment " + s.Name, Held: x.holds(x.compiler.segment(s))}
	user, _ := x.context[targetingKey].(string)
	switch {
	case len(s.Included) > 0 && x.holds(op("in", variable(targetingKey), s.Included)):
		l.Why = fmt.Sprintf("%q is included", user)
	case len(s.Excluded) > 0 && x.holds(op("in", variable(targetingKey), s.Excluded)):
		l.Why = fmt.Sprintf("%q is excluded", user)
	case s.If != nil:
		l.Lines = []Line{x.condition(*s.If, &draws{salt: x.project + "/segment/" + s.Name + "/"})}
	default:
		l.Why = fmt.Sprintf("%q is not included", user)
	}
	return l
}

// attribute finds a value by its dotted path.
func attribute(context map[string]any, path string) any {
	var at any = context
	for name := range strings.SplitSeq(path, ".") {
		m, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = m[name]
	}
	return at
}
