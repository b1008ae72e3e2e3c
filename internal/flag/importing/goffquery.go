package importing

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/davit-cd/davit/internal/flag/authoring"
)

// maxQueryDepth bounds how deep a query may nest.
const maxQueryDepth = 50

// goffQuery reads a query of GO Feature Flag: comparisons such as
// `country eq "DE"` put together by and, or and not; or JSONLogic.
func goffQuery(query string) (authoring.Condition, error) {
	query = strings.TrimSpace(query)
	if query == "" {
		return authoring.Condition{}, errors.New("it holds for everybody, which only the default rule may")
	}
	if strings.HasPrefix(query, "{") {
		var tree any
		if err := json.Unmarshal([]byte(query), &tree); err != nil {
			return authoring.Condition{}, err
		}
		c, ok := logic(tree)
		if !ok {
			return c, errors.New("it cannot be carried over")
		}
		return c, nil
	}
	p := &goffParser{}
	if err := p.words(query); err != nil {
		return authoring.Condition{}, err
	}
	c, err := p.either(0)
	if err == nil && p.at < len(p.list) {
		err = fmt.Errorf("%q is not understood here", p.list[p.at].text)
	}
	return c, err
}

// goffWord is a word, a text in quotes, or a sign of a query.
type goffWord struct {
	text   string
	quoted bool
}

type goffParser struct {
	list []goffWord
	at   int
}

// words divides a query.
func (p *goffParser) words(s string) error {
	for s != "" {
		switch c := s[0]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			s = s[1:]
		case strings.IndexByte("()[],", c) >= 0:
			p.list, s = append(p.list, goffWord{text: s[:1]}), s[1:]
		case c == '"':
			text, err := strconv.QuotedPrefix(s)
			if err != nil {
				return errors.New("a text does not end")
			}
			plain, err := strconv.Unquote(text)
			if err != nil {
				return err
			}
			p.list, s = append(p.list, goffWord{plain, true}), s[len(text):]
		default:
			n := strings.IndexAny(s, " \t\r\n()[],\"")
			if n < 0 {
				n = len(s)
			}
			p.list, s = append(p.list, goffWord{text: s[:n]}), s[n:]
		}
	}
	return nil
}

// next takes a word of these, whatever the case of its letters.
func (p *goffParser) next(words ...string) bool {
	if p.at >= len(p.list) || p.list[p.at].quoted {
		return false
	}
	for _, w := range words {
		if strings.EqualFold(p.list[p.at].text, w) {
			p.at++
			return true
		}
	}
	return false
}

func (p *goffParser) either(depth int) (authoring.Condition, error) {
	return p.several(depth, anyOf, (*goffParser).both, "or", "||")
}

func (p *goffParser) both(depth int) (authoring.Condition, error) {
	return p.several(depth, all, (*goffParser).one, "and", "&&")
}

func (p *goffParser) several(depth int, together func([]authoring.Condition) authoring.Condition, inner func(*goffParser, int) (authoring.Condition, error), words ...string) (authoring.Condition, error) {
	var list []authoring.Condition
	for {
		c, err := inner(p, depth)
		if err != nil {
			return c, err
		}
		if list = append(list, c); !p.next(words...) {
			return together(list), nil
		}
	}
}

// one reads a comparison, or something in brackets.
func (p *goffParser) one(depth int) (authoring.Condition, error) {
	if depth > maxQueryDepth {
		return authoring.Condition{}, errors.New("it nests too deep")
	}
	if p.next("not", "!") {
		c, err := p.one(depth + 1)
		return not(c), err
	}
	if p.next("(") {
		c, err := p.either(depth + 1)
		if err == nil && !p.next(")") {
			err = errors.New("a bracket does not end")
		}
		return c, err
	}
	if p.at+1 >= len(p.list) || p.list[p.at].quoted {
		return authoring.Condition{}, errors.New("a comparison is missing")
	}
	attribute, op := goffAttribute(p.list[p.at].text), strings.ToLower(p.list[p.at+1].text)
	p.at += 2
	if op == "pr" {
		return test(attribute, authoring.Exists, true), nil
	}
	known, ok := map[string]authoring.Op{
		"eq": authoring.Is, "==": authoring.Is, "ne": authoring.Not, "!=": authoring.Not, "co": authoring.Contains, "sw": authoring.Starts, "ew": authoring.Ends,
		"gt": authoring.Above, ">": authoring.Above, "ge": authoring.Min, ">=": authoring.Min, "lt": authoring.Below, "<": authoring.Below, "le": authoring.Max, "<=": authoring.Max, "in": authoring.In,
	}[op]
	if !ok {
		return authoring.Condition{}, fmt.Errorf("there is no comparison %q", op)
	}
	if known == authoring.In {
		list, err := p.values()
		return test(attribute, authoring.In, list), err
	}
	v, err := p.value()
	if err != nil {
		return authoring.Condition{}, err
	}
	return goffCompare(attribute, known, v)
}

// goffCompare takes a text that is compared by size for a version, as three
// numbers are written.
func goffCompare(attribute string, op authoring.Op, v any) (authoring.Condition, error) {
	_, number := v.(float64)
	text, isText := v.(string)
	switch op {
	case authoring.Above, authoring.Min, authoring.Below, authoring.Max:
		if isText && strings.Count(text, ".") == 2 {
			sign := map[authoring.Op]string{authoring.Above: "> ", authoring.Min: ">= ", authoring.Below: "< ", authoring.Max: "<= "}[op]
			return test(attribute, authoring.Semver, sign+text), nil
		}
		if !number {
			return authoring.Condition{}, fmt.Errorf("%v is no number", v)
		}
	case authoring.Contains, authoring.Starts, authoring.Ends:
		if !isText {
			return authoring.Condition{}, fmt.Errorf("%v is no text", v)
		}
	}
	return test(attribute, op, v), nil
}

func (p *goffParser) values() ([]any, error) {
	if !p.next("[") {
		return nil, errors.New("a list is missing")
	}
	list := []any{}
	for !p.next("]") {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		p.next(",")
	}
	if len(list) == 0 {
		return nil, errors.New("a list is empty")
	}
	return list, nil
}

func (p *goffParser) value() (any, error) {
	if p.at >= len(p.list) {
		return nil, errors.New("a value is missing")
	}
	w := p.list[p.at]
	p.at++
	switch {
	case w.quoted:
		return w.text, nil
	case strings.EqualFold(w.text, "true"):
		return true, nil
	case strings.EqualFold(w.text, "false"):
		return false, nil
	}
	if n, err := strconv.ParseFloat(w.text, 64); err == nil && n-n == 0 {
		return n, nil
	}
	if strings.Count(w.text, ".") == 2 { // a version may stand without quotes
		return w.text, nil
	}
	return nil, fmt.Errorf("%q is no value", w.text)
}
