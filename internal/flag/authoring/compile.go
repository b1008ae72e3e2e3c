package authoring

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/davit-cd/davit"
)

// maxCompiled bounds the text that one flag may become in a set. Prerequisites
// and segments are written out where they are used, so a few lines can ask for
// a great deal.
const maxCompiled = 256 << 10

// Compile returns flagd's flag definitions for one project in one environment:
// a deterministic JSON text whose metadata carry the set's id, project/environment,
// and a version that is a hash of everything else. The problems are those that
// Check finds; with any of them there is no text.
func Compile(project, environment string, flags []Flag, segments []Segment, groups []Group) ([]byte, []Problem, error) {
	if problems := Check(flags, segments, groups); len(problems) > 0 {
		return nil, problems, refused(problems)
	}
	c := newCompiler(project, environment, flags, segments, groups)
	sorted := slices.Clone(flags)
	slices.SortFunc(sorted, func(a, b Flag) int { return strings.Compare(a.Key, b.Key) })
	definitions := make([]definition, 0, len(sorted))
	var problems []Problem
	for _, f := range sorted {
		d, problem, err := c.define(f)
		if err != nil {
			return nil, nil, err
		}
		if problem != nil {
			problems = append(problems, *problem)
		}
		definitions = append(definitions, d)
	}
	if len(problems) > 0 {
		return nil, problems, refused(problems)
	}
	return document(project, environment, body(definitions)), nil, nil
}

// definition is a flag as it stands in a set: its key, written as JSON, and
// what follows it.
type definition struct {
	key  string
	name []byte
	text []byte
}

// define compiles a flag; the problem says that it becomes too large.
func (c *compiler) define(f Flag) (definition, *Problem, error) {
	text, err := marshal(c.flag(f))
	if err != nil {
		return definition{}, nil, fmt.Errorf("compile flag %s: %w", f.Key, err)
	}
	name, err := marshal(f.Key)
	if err != nil {
		return definition{}, nil, fmt.Errorf("compile flag %s: %w", f.Key, err)
	}
	d := definition{f.Key, name, text}
	if len(text) > maxCompiled {
		return d, &Problem{
			Flag: f.Key, Environment: c.environment, Text: fmt.Sprintf("it becomes %d KiB: at most %d are served", len(text)>>10, maxCompiled>>10),
			Hint: "ask for an attribute that your program sends, instead of long lists and many prerequisites",
		}, nil
	}
	return d, nil, nil
}

// body is the object of all flags.
func body(definitions []definition) []byte {
	size := 2
	for i := range definitions {
		size += len(definitions[i].name) + len(definitions[i].text) + 2
	}
	b := append(make([]byte, 0, size), '{')
	for i := range definitions {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, definitions[i].name...), ':')
		b = append(b, definitions[i].text...)
	}
	return append(b, '}')
}

// document is a set's document around the object of its flags.
func document(project, environment string, body []byte) []byte {
	sum := sha256.Sum256(body)
	b := make([]byte, 0, len(body)+len(project)+len(environment)+160)
	b = append(b, `{"$schema":"https://flagd.dev/schema/v0/flags.json","flags":`...)
	b = append(append(b, body...), `,"metadata":{"flagSetId":`...)
	id, _ := marshal(project + "/" + environment) // a text can always be written
	b = append(append(b, id...), `,"version":"`...)
	return append(hex.AppendEncode(b, sum[:8]), `"}}`...)
}

// compiler turns the flags of one project into expressions for one environment.
type compiler struct {
	project     string
	environment string
	lookup      found
	segments    map[string]Segment
	groups      []Group
}

func newCompiler(project, environment string, flags []Flag, segments []Segment, groups []Group) *compiler {
	byKey := make(map[string]Flag, len(flags))
	for _, f := range flags {
		byKey[f.Key] = f
	}
	return compilerOf(project, environment, of(byKey), segments, groups)
}

func compilerOf(project, environment string, lookup found, segments []Segment, groups []Group) *compiler {
	c := &compiler{project: project, environment: environment, lookup: lookup, segments: map[string]Segment{}, groups: slices.Clone(groups)}
	for _, s := range segments {
		c.segments[s.Name] = s
	}
	slices.SortFunc(c.groups, func(a, b Group) int { return strings.Compare(a.Name, b.Name) })
	return c
}

// flag is a flag's definition.
func (c *compiler) flag(f Flag) any {
	s := f.State(c.environment)
	out := Ordered[any]{{"state", "ENABLED"}, {"variants", f.Variants}}
	facts := Ordered[any]{{"kind", string(f.Kind)}, {"owner", f.Owner}}
	if !f.Expires.IsZero() {
		facts = append(facts, Named[any]{"expires", f.Expires.Format(time.DateOnly)})
	}
	facts = append(facts, Named[any]{"purpose", f.Purpose})
	if s.Disabled {
		out[0].Value = "DISABLED"
		return append(out, Named[any]{"defaultVariant", s.Off}, Named[any]{"metadata", facts})
	}
	switch e := c.state(f, false).(type) {
	case constant:
		out = append(out, Named[any]{"defaultVariant", string(e)})
	default:
		out = append(out, Named[any]{"defaultVariant", s.Off}, Named[any]{"targeting", e})
	}
	return append(out, Named[any]{"metadata", facts})
}

// state is what a flag gives: the name of a variant, or nothing where a split
// has no key to go by. inner says that it stands inside another flag, whose key
// flagd's shorthand would take.
func (c *compiler) state(f Flag, inner bool) expr {
	s := f.State(c.environment)
	if s.Disabled {
		return nil
	}
	steps := s.Schedule
	s.Schedule = nil
	out := c.at(f, s, inner)
	for _, step := range steps {
		s = step.apply(s)
		out = when(op(">=", now(), step.At.Unix()), c.at(f, s, inner), out)
	}
	return out
}

// at is what a flag gives while its state is s, whatever is scheduled.
func (c *compiler) at(f Flag, s State, inner bool) expr {
	if !s.On {
		return constant(s.Off)
	}
	off := expr(constant(s.Off))
	out := c.outcome(f, s, s.Serve, "default", inner)
	for i, r := range slices.Backward(s.Rules) {
		name := r.Name
		if name == "" {
			name = "rule-" + strconv.Itoa(i+1)
		}
		draws := &draws{salt: c.salt(f.Key, name)}
		out = when(c.condition(r.If, draws), c.outcome(f, s, r.Outcome, name, inner), out)
	}
	for _, t := range slices.Backward(s.Targets) {
		if len(t.Value) > 0 {
			out = when(op("in", variable(targetingKey), t.Value), constant(t.Name), out)
		}
	}
	for _, g := range slices.Backward(c.groups) {
		if g.gates(f.Key) {
			out = when(c.takesPart(g, f.Key), out, off)
		}
	}
	for _, n := range slices.Backward(s.Needs) {
		out = when(c.need(n), out, off)
	}
	return out
}

// need holds where another flag gives one of the variants.
func (c *compiler) need(n Need) expr {
	other, _ := c.lookup(n.Flag)
	parent := c.state(other, true)
	switch p := parent.(type) {
	case nil:
		return no
	case constant:
		return slices.Contains(n.Variants, string(p))
	}
	if len(n.Variants) == 1 {
		return op("===", parent, n.Variants[0])
	}
	return op("in", parent, n.Variants)
}

// takesPart holds for those a group lets into a flag.
func (c *compiler) takesPart(g Group, flag string) expr {
	by := op("cat", c.project+"/group/"+g.Name+"/", variable(targetingKey))
	key := variable(targetingKey)
	if g.Holdout > 0 {
		draw := op("fractional", by, []expr{"held", int(g.Holdout)}, []expr{"free", int(davit.Full - g.Holdout)})
		return and(key, op("!==", draw, "held"))
	}
	args, rest := []expr{by}, davit.Full
	for _, s := range g.Shares {
		args, rest = append(args, []expr{s.Name, int(s.Value)}), rest-s.Value
	}
	if rest > 0 {
		args = append(args, []expr{"", int(rest)})
	}
	return and(key, op("===", map[string]expr{"fractional": args}, flag))
}

func (c *compiler) salt(flag, rule string) string { return c.project + "/" + flag + "/" + rule + "/" }

// outcome is what those get whom a rule, or no rule, holds for.
func (c *compiler) outcome(f Flag, s State, o Outcome, rule string, inner bool) expr {
	var shares []expr
	switch {
	case f.Hash != nil && f.Hash.Name != "murmur3-v2" && len(o.Split) > 0:
		by := s.By
		if by == "" {
			by = targetingKey
		}
		return foreign(f, s.Off, by, o.Split)
	case o.Linear != nil:
		moving, others := o.Linear.weights()
		shares = []expr{[]expr{o.Linear.Variant, moving}, []expr{o.Linear.Others, others}}
	case len(o.Split) > 0:
		for _, e := range o.Split {
			if e.Value == davit.Full {
				return constant(e.Name)
			}
			shares = append(shares, []expr{e.Name, int(e.Value)})
		}
	default:
		return constant(o.Variant)
	}
	return c.draw(f, s, rule, inner, shares)
}

// draw is a split.
func (c *compiler) draw(f Flag, s State, rule string, inner bool, shares []expr) expr {
	by := s.By
	if by == "" {
		by = targetingKey
	}
	salt := c.salt(f.Key, rule) + "0/"
	switch {
	case s.Bucket == Flagd && by == targetingKey && !inner:
		return map[string]expr{"fractional": shares} // flagd's shorthand
	case s.Bucket == Flagd:
		salt = f.Key
	case s.Bucket == Router:
		salt = c.project + "/" + c.environment + "/"
	case f.Hash != nil:
		if salt = f.Hash.Salt; salt == "" {
			salt = f.Key
		}
	}
	args := append([]expr{op("cat", salt, variable(by))}, shares...)
	return op("if", variable(by), map[string]expr{"fractional": args}) // without a key: null, so the off variant
}
