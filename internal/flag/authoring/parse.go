package authoring

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// Parse reads a document in YAML or JSON. It is as strict as the reader of
// davit.yaml: the error is spec.Problems, each with line, column, what was
// expected and the nearest right key. What several documents must agree on
// (segments, prerequisites) is held by Check.
func Parse(name string, data []byte, d Defaults) (Document, error) {
	t, r := spec.Document(name, data, Shape())
	p := &parser{Reading: r, defaults: d}
	doc := p.document(t)
	return doc, r.Err()
}

// ParseFlag reads one flag, which the document gives without its key.
func ParseFlag(name string, data []byte, key string, d Defaults) (Flag, error) {
	t, r := spec.Document(name, data, *flagShape())
	p := &parser{Reading: r, defaults: d, project: d.Project}
	f := p.flag(key, t)
	return f, r.Err()
}

// ParseSegment reads one segment, which the document gives without its name.
func ParseSegment(project, name string, data []byte) (Segment, error) {
	s := Shape()
	for _, k := range s.Keys {
		if k.Name == "segments" {
			s = *k.Shape.Values
		}
	}
	t, r := spec.Document("segment "+name, data, s)
	p := &parser{Reading: r, project: project}
	return p.segment(name, t), r.Err()
}

// parser makes flags of a tree that fits the shape, and finds what only shows
// when several keys are seen together.
type parser struct {
	*spec.Reading
	defaults Defaults
	project  string
}

func (p *parser) document(t spec.Tree) Document {
	p.project = p.defaults.Project
	if at := t.Get("project"); at.There() {
		if named := at.Text(); p.project != "" && p.project != named && p.defaults.Project != anyProject {
			p.Problem(at, fmt.Sprintf("project %s: this is the file of %s", named, p.project), p.project, "leave it out")
		} else {
			p.project = named
		}
	}
	if p.project == "" || p.project == anyProject {
		p.project = "default"
	}
	doc := Document{Project: p.project}
	flags := t.Get("flags")
	for _, key := range flags.Names() {
		doc.Flags = append(doc.Flags, p.flag(key, flags.Get(key)))
	}
	segments := t.Get("segments")
	for _, name := range segments.Names() {
		doc.Segments = append(doc.Segments, p.segment(name, segments.Get(name)))
	}
	doc.Groups = append(p.exclusive(t.Get("exclusive")), p.holdouts(t.Get("holdouts"))...)
	return doc
}

// anyProject lets a document say which project it is for.
const anyProject = "*"

// AnyProject are defaults that let the document name its project.
func AnyProject(now time.Time) Defaults { return Defaults{Project: anyProject, Now: now} }

func (p *parser) flag(key string, t spec.Tree) Flag {
	f := Flag{
		Key: key, Project: p.project, Kind: Kind(t.Get("kind").Text()), Owner: t.Get("owner").Text(), Purpose: strings.TrimSpace(t.Get("purpose").Text()),
		Created: p.defaults.created(key).UTC().Truncate(time.Second), Approval: t.Get("approval").There(),
	}
	if at := t.Get("purpose"); at.There() && f.Purpose == "" {
		p.Problem(at, "purpose: it is empty", "one sentence", "")
	}
	switch at := t.Get("expires"); {
	case at.There():
		f.Expires = at.Moment() // none leaves it zero
	case f.Kind.Lifetime() > 0:
		f.Expires = f.Kind.Expiry(f.Created)
	}
	f.Variants = p.variants(t.Get("variants"))
	if at := t.Get("hash"); at.There() {
		f.Hash = &Hash{Name: at.Get("name").Text(), Salt: at.Get("salt").Text()}
	}
	environments := t.Get("environments")
	for _, name := range environments.Names() {
		s := p.state(f, environments.Get(name))
		f.Environments = append(f.Environments, Named[*State]{name, &s})
	}
	return f
}

// variants reads the variants and holds that they are of one type.
func (p *parser) variants(t spec.Tree) Ordered[any] {
	var out Ordered[any]
	first := ""
	for _, name := range t.Names() {
		at := t.Get(name)
		v := at.Value()
		kind := typeOf(v)
		switch {
		case kind == "":
			p.Problem(at, fmt.Sprintf("variant %s: %s cannot be given", name, shown(v)), "true or false, a text, a number or a map", "")
		case first == "":
			first = kind
		case kind != first:
			p.Problem(at, fmt.Sprintf("variant %s is a %s, the one before a %s", name, kind, first), "variants of one type", "a flag has one type, which programs ask for")
		}
		out = append(out, Named[any]{name, v})
	}
	return out
}

// typeOf names the type of a variant's value; empty: it cannot be one.
func typeOf(v any) string {
	switch v := v.(type) {
	case bool:
		return "switch"
	case string:
		return "text"
	case float64:
		if !math.IsInf(v, 0) && !math.IsNaN(v) {
			return "number"
		}
	case map[string]any:
		return "map"
	}
	return ""
}

func (p *parser) state(f Flag, t spec.Tree) State {
	s := State{On: t.Get("on").Switch(false), Disabled: t.Get("disabled").Switch(false), By: t.Get("by").Text(), Bucket: t.Get("bucket").Text(), Approval: t.Get("approval").There()}
	if s.By == "targetingKey" {
		s.By = ""
	}
	if s.Bucket == Own {
		s.Bucket = ""
	}
	if at := t.Get("bucket"); s.Bucket != "" && f.Hash != nil {
		p.Problem(at, "bucket and hash exclude each other", "one of them", "")
	}
	s.Off = p.variant(f, t.Get("off"), f.offVariant())
	needs := t.Get("needs")
	for _, key := range needs.Names() {
		s.Needs = append(s.Needs, Need{Flag: key, Variants: needs.Get(key).Texts()})
	}
	s.Targets = p.targets(f, t.Get("targets"))
	for i, at := range t.Get("rules").Items() {
		s.Rules = append(s.Rules, p.rule(f, s, i, at))
	}
	p.ruleNames(t.Get("rules"))
	s.Serve = p.outcome(f, s, t, f.onVariant())
	s.Schedule = p.schedule(f, s, t.Get("schedule"))
	return s
}

func (p *parser) targets(f Flag, t spec.Tree) Ordered[[]string] {
	var out Ordered[[]string]
	seen := map[string]string{}
	for _, name := range t.Names() {
		p.known(f, t.Key(name), name)
		for _, at := range t.Get(name).Items() {
			if other, twice := seen[at.Text()]; twice {
				p.Problem(at, fmt.Sprintf("%q is a target of %s already", at.Text(), other), "each key once", "")
			}
			seen[at.Text()] = name
		}
		out = append(out, Named[[]string]{name, t.Get(name).Texts()})
	}
	return out
}

func (p *parser) rule(f Flag, s State, i int, t spec.Tree) Rule {
	r := Rule{Name: t.Get("name").Text(), If: p.condition(t.Get("if")), Outcome: p.outcome(f, s, t, "")}
	splits := len(r.Split) > 0 || r.Linear != nil
	r.If.walk(func(c Condition) { splits = splits || c.Share > 0 })
	if splits && r.Name == "" {
		p.Problem(t, fmt.Sprintf("rule %d splits users and has no name", i+1), "", "name it: the name salts the split, so that moving the rule re-assigns nobody")
	}
	return r
}

func (p *parser) ruleNames(t spec.Tree) {
	seen := map[string]bool{}
	for _, at := range t.Items() {
		name := at.Get("name")
		if name.There() && seen[name.Text()] {
			p.Problem(name, fmt.Sprintf("there are two rules called %s", name.Text()), "a name of its own", "")
		}
		seen[name.Text()] = true
	}
}

// outcome reads serve or ramp; otherwise is served where neither is given, and
// empty means that one must be.
func (p *parser) outcome(f Flag, s State, t spec.Tree, otherwise string) Outcome {
	serve, ramp := t.Get("serve"), t.Get("ramp")
	switch {
	case serve.There() && ramp.There():
		p.Problem(t.Key("ramp"), "serve and ramp exclude each other", "one of them", "")
	case ramp.There():
		return Outcome{Linear: p.linear(f, s, ramp)}
	case serve.IsMap():
		return p.split(f, s, serve)
	case serve.There():
		return Outcome{Variant: p.variant(f, serve, "")}
	case otherwise == "":
		p.Problem(t, t.Path()+": neither serve nor ramp is given", "one of them", "")
	}
	return Outcome{Variant: otherwise}
}

func (p *parser) split(f Flag, s State, t spec.Tree) Outcome {
	var sum davit.Weight
	split := Ordered[davit.Weight]{}
	for _, name := range t.Names() {
		p.known(f, t.Key(name), name)
		w := davit.Percent(t.Get(name).Number())
		if math.Abs(t.Get(name).Number()*100-float64(w)) > 1e-6 {
			p.Problem(t.Get(name), "a share finer than a hundredth of a percent", "at most two decimals", "")
		}
		split = append(split, Named[davit.Weight]{name, w})
		sum += w
	}
	if sum != davit.Full {
		p.Problem(t, fmt.Sprintf("the shares add up to %s", sum), "100 %", missing(f, s, split, sum))
	}
	return Outcome{Split: InOrder(f, s.Off, split)}
}

// missing says what would make shares add up.
func missing(f Flag, s State, split Ordered[davit.Weight], sum davit.Weight) string {
	if rest := davit.Full - sum; rest > 0 && !split.Has(s.Off) && f.Variants.Has(s.Off) {
		return fmt.Sprintf("give the rest to %s: %s", s.Off, rest)
	}
	return ""
}

// InOrder returns a split in the one order all splits of the flag have: the
// variants as they were declared, the off variant last. While a share grows at
// the cost of the off variant, those who were in it stay. A flag with another
// system's hash keeps the order it is given, which is part of that system's way.
func InOrder(f Flag, off string, split Ordered[davit.Weight]) Ordered[davit.Weight] {
	if f.Hash != nil {
		return split
	}
	place := func(name string) int {
		if name == off {
			return len(f.Variants)
		}
		return f.Variants.index(name)
	}
	slices.SortStableFunc(split, func(a, b Named[davit.Weight]) int { return place(a.Name) - place(b.Name) })
	return split
}

func (p *parser) linear(f Flag, s State, t spec.Tree) *Linear {
	l := &Linear{
		Variant: p.variant(f, t.Get("variant"), f.onVariant()), Others: p.variant(f, t.Get("others"), s.Off),
		From: davit.Percent(t.Get("from").Number()), To: davit.Percent(t.Get("to").Number()),
		Begin: t.Get("begin").Moment(), End: t.Get("end").Moment(),
	}
	if at := t.Get("end"); at.There() && t.Get("begin").There() && !l.End.After(l.Begin) {
		p.Problem(at, "ramp: it ends before it begins", "a time after begin", "")
	} else if problem := l.tooLong(); at.There() && problem != "" {
		p.Problem(at, "ramp: "+problem, "", "round the shares to whole percents, or make it shorter")
	}
	if l.Variant == l.Others {
		p.Problem(t, "ramp: variant and others are both "+l.Variant, "two variants", "")
	}
	if f.Hash != nil && f.Hash.Name != "murmur3-v2" {
		p.Problem(t, "a ramp by time cannot use the hash "+f.Hash.Name, "", "plan several shares with schedule instead")
	}
	return l
}

func (p *parser) schedule(f Flag, s State, t spec.Tree) []Change {
	var out []Change
	for _, at := range t.Items() {
		c := Change{At: at.Get("at").Moment().Truncate(time.Second), Note: at.Get("note").Text()}
		if on := at.Get("on"); on.There() {
			v := on.Switch(false)
			c.On = &v
		}
		if at.Get("serve").There() || at.Get("ramp").There() {
			o := p.outcome(f, s, at, "")
			c.Serve = &o
		}
		if c.On == nil && c.Serve == nil {
			p.Problem(at, at.Path()+" changes nothing", "on, serve or ramp", "")
		}
		if len(out) > 0 && !c.At.After(out[len(out)-1].At) {
			p.Problem(at.Get("at"), "the steps are not in the order of time", "a time after that of the step before", "")
		}
		out = append(out, c)
	}
	return out
}

// variant reads the name of a variant.
func (p *parser) variant(f Flag, t spec.Tree, otherwise string) string {
	if !t.There() {
		return otherwise
	}
	p.known(f, t, t.Text())
	return t.Text()
}

func (p *parser) known(f Flag, t spec.Tree, name string) {
	if !f.Variants.Has(name) {
		p.Problem(t, fmt.Sprintf("there is no variant %q", name), "one of "+strings.Join(f.Variants.Names(), ", "), p.Nearest(name, f.Variants.Names()))
	}
}

func (p *parser) segment(name string, t spec.Tree) Segment {
	s := Segment{Name: name, Project: p.project, Purpose: t.Get("purpose").Text(), Included: t.Get("included").Texts(), Excluded: t.Get("excluded").Texts()}
	if at := t.Get("if"); at.There() {
		c := p.condition(at)
		s.If = &c
	}
	for _, at := range t.Get("excluded").Items() {
		if slices.Contains(s.Included, at.Text()) {
			p.Problem(at, fmt.Sprintf("%q is included and excluded", at.Text()), "one of them", "")
		}
	}
	return s
}

func (p *parser) exclusive(t spec.Tree) []Group {
	var out []Group
	for _, name := range t.Names() {
		at := t.Get(name)
		g := Group{Name: name, Project: p.project, Purpose: at.Get("purpose").Text()}
		var sum davit.Weight
		flags := at.Get("flags")
		for _, key := range flags.Names() {
			w := davit.Percent(flags.Get(key).Number())
			g.Shares, sum = append(g.Shares, Named[davit.Weight]{key, w}), sum+w
		}
		if sum > davit.Full {
			p.Problem(flags, fmt.Sprintf("the shares add up to %s", sum), "at most 100 %", "")
		}
		out = append(out, g)
	}
	return out
}

func (p *parser) holdouts(t spec.Tree) []Group {
	var out []Group
	for _, name := range t.Names() {
		at := t.Get(name)
		out = append(out, Group{
			Name: name, Project: p.project, Purpose: at.Get("purpose").Text(),
			Holdout: davit.Percent(at.Get("share").Number()), Flags: at.Get("flags").Texts(),
		})
	}
	return out
}

func shown(v any) string {
	b, err := marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
