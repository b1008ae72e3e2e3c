package authoring

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// words of a condition that are not attributes.
const (
	wordAll, wordAny, wordNot, wordSegment, wordShare, wordAttribute = "all", "any", "not", "segment", "share", "attribute"
)

// condition reads a condition: a map all of whose entries must hold.
func (p *parser) condition(t spec.Tree) Condition {
	if !t.IsMap() {
		p.Problem(t, t.Path()+": this is no condition", "a map such as {country: [DE, FR]} or {segment: beta}", "several of which one must hold are written any: [...]")
		return Condition{}
	}
	names := t.Names()
	if slices.Contains(names, wordAttribute) {
		return p.named(t)
	}
	var parts []Condition
	for _, name := range names {
		parts = append(parts, p.part(name, t.Get(name)))
	}
	switch len(parts) {
	case 0:
		p.Problem(t, t.Path()+": the condition is empty", "a map such as {country: [DE, FR]}", "what holds for everybody is written as serve beside rules")
		return Condition{}
	case 1:
		return parts[0]
	}
	return Condition{All: parts}
}

// named reads {attribute: NAME, op: value …}, for attributes that are called
// like a word of conditions.
func (p *parser) named(t spec.Tree) Condition {
	c := Condition{Attribute: t.Get(wordAttribute).Text()}
	for _, op := range t.Names() {
		if op != wordAttribute {
			c.Tests = append(c.Tests, p.test(op, t))
		}
	}
	if c.Attribute == "" || len(c.Tests) == 0 {
		p.Problem(t, t.Path()+": an attribute and its test are needed", "{attribute: NAME, is: VALUE}", "")
	}
	return c
}

func (p *parser) part(name string, t spec.Tree) Condition {
	switch name {
	case wordAll:
		return Condition{All: p.conditions(t)}
	case wordAny:
		return Condition{Any: p.conditions(t)}
	case wordNot:
		c := p.condition(t)
		return Condition{Not: &c}
	case wordSegment:
		names := []string{t.Text()}
		if t.IsList() {
			names = t.Texts()
		}
		if len(names) == 0 || slices.Contains(names, "") {
			p.Problem(t, t.Path()+": no segment is named", "the name of a segment, or a list of which one will do", "")
		}
		return Condition{Segments: names}
	case wordShare:
		n, ok := t.Value().(float64)
		if !ok || n <= 0 || n > 100 {
			p.Problem(t, t.Path()+": this is no share", "a percentage above 0, at most 100", "")
			return Condition{}
		}
		return Condition{Share: davit.Percent(n)}
	}
	return Condition{Attribute: name, Tests: p.tests(t)}
}

func (p *parser) conditions(t spec.Tree) []Condition {
	if !t.IsList() || len(t.Items()) == 0 {
		p.Problem(t, t.Path()+": conditions are missing", "a list of conditions", "")
		return nil
	}
	var out []Condition
	for _, at := range t.Items() {
		out = append(out, p.condition(at))
	}
	return out
}

// tests reads what an attribute is compared with: a value, a list of which one
// will do, or a map of comparisons.
func (p *parser) tests(t spec.Tree) []Test {
	switch {
	case t.IsList():
		return []Test{{In, p.values(t)}}
	case t.IsScalar():
		v := t.Value()
		if v == nil {
			p.Problem(t, t.Path()+": there is no value", "a value, or {exists: false}", "")
		}
		return []Test{{Is, v}}
	}
	var out []Test
	for _, op := range t.Names() {
		out = append(out, p.test(op, t))
	}
	if len(out) == 0 {
		p.Problem(t, t.Path()+": there is no comparison", "a map such as {starts: de-}", "")
	}
	return out
}

func (p *parser) test(name string, of spec.Tree) Test {
	op, t := Op(name), of.Get(name)
	if !slices.Contains(Ops(), op) {
		names := []string{}
		for _, o := range Ops() {
			names = append(names, string(o))
		}
		p.Problem(of.Key(name), fmt.Sprintf("%s: there is no comparison %q", of.Path(), name), "one of "+strings.Join(names, ", "), p.nearestOp(name, names))
		return Test{}
	}
	v := t.Value()
	if text := t.Text(); t.IsScalar() && (op == Semver || op == After || op == Before) {
		v = text // 1.10 is a version, not a number
	}
	if problem, expected := misfit(op, v); problem != "" {
		p.Problem(t, t.Path()+": "+problem, expected, "")
	}
	switch op {
	case After, Before:
		if at, err := spec.ParseMoment(t.Text()); err == nil {
			v = at.Format(time.RFC3339)
		}
	case In, NotIn:
		v = p.values(t)
	}
	return Test{op, v}
}

// otherWords are what other systems call comparisons.
func otherWords() map[string]string {
	return map[string]string{
		"equals": "is", "eq": "is", "==": "is", "ne": "not", "neq": "not", "!=": "not", "one_of": "in", "notIn": "not_in", "nin": "not_in", "starts_with": "starts", "startsWith": "starts",
		"ends_with": "ends", "endsWith": "ends", "gt": "above", ">": "above", "lt": "below", "<": "below", "gte": "min", ">=": "min", "lte": "max", "<=": "max",
		"sem_ver": "semver", "regex": "matches", "substr": "contains", "present": "exists",
	}
}

func (p *parser) nearestOp(name string, names []string) string {
	if own, ok := otherWords()[name]; ok {
		return fmt.Sprintf("did you mean %q?", own)
	}
	return p.Nearest(name, names)
}

func (p *parser) values(t spec.Tree) []any {
	if t.IsScalar() {
		return []any{t.Value()}
	}
	out := []any{}
	for _, at := range t.Items() {
		if !at.IsScalar() || at.Value() == nil {
			p.Problem(at, at.Path()+": this cannot be compared", "a text, a number, true or false", "")
			continue
		}
		out = append(out, at.Value())
	}
	if len(out) == 0 {
		p.Problem(t, t.Path()+": the list is empty", "at least one value", "")
	}
	return out
}

var semverRange = regexp.MustCompile(`^(=|!=|<|<=|>|>=|~|\^)? *[vV]?[0-9]+(\.[0-9]+){0,2}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)

// SemverRange splits a range such as ">= 2.1.0" into flagd's operator and
// version; ok is false for what is none.
func SemverRange(s string) (op, version string, ok bool) {
	if !semverRange.MatchString(s) {
		return "", "", false
	}
	version = strings.TrimLeft(s, "=!<>~^ ")
	if op = strings.TrimSpace(strings.TrimSuffix(s, version)); op == "" {
		op = "="
	}
	return op, version, true
}

// misfit says why a value cannot be what an attribute is compared with.
func misfit(op Op, v any) (problem, expected string) {
	text, isText := v.(string)
	number, isNumber := v.(float64)
	switch op {
	case Is, Not, Has:
		if _, isMap := v.(map[string]any); v == nil || isMap {
			return "this cannot be compared", "a text, a number, true or false"
		}
		if _, isList := v.([]any); isList {
			return "this is a list", "one value; for several write in or not_in"
		}
	case Contains, Starts, Ends, Like:
		if !isText || text == "" {
			return "this is no text", "a text in quotes"
		}
	case Above, Below, Min, Max:
		if !isNumber || math.IsInf(number, 0) {
			return "this is no number", "a number"
		}
	case Exists:
		if _, isSwitch := v.(bool); !isSwitch {
			return "this is neither true nor false", "true or false"
		}
	case Semver:
		if _, _, ok := SemverRange(text); !isText || !ok {
			return fmt.Sprintf("%q is no range of versions", text), `such as ">= 2.1.0", "^2.0.0" or "~2.1.0", one comparison`
		}
	case Matches:
		if !isText || len(text) > 1000 {
			return "this is no regular expression", "an expression in the syntax of RE2, at most 1000 bytes"
		}
		if _, err := regexp.Compile(text); err != nil {
			return strings.TrimPrefix(err.Error(), "error parsing regexp: "), "an expression in the syntax of RE2"
		}
	case Cidr:
		for _, network := range several(v) {
			if text, _ := network.(string); !isNetwork(text) {
				return fmt.Sprintf("%v is no network", network), "a network such as 10.0.0.0/8, or a list of them"
			}
		}
	case After, Before:
		if _, err := spec.ParseMoment(text); err != nil {
			return err.Error(), "a time such as 2026-09-01T08:00:00Z"
		}
	case In, NotIn:
	}
	return "", ""
}

func several(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}
