package flag

import (
	"github.com/davit-cd/davit"
)

// Rule is a rule that stands on its own: a segment, or a condition to be
// tried. It is never changed; many goroutines may use it.
type Rule struct{ node node }

// ParseRule reads and compiles a rule; see Parse for problems and errors.
func ParseRule(rule []byte, o ParseOptions) (*Rule, []Problem, error) {
	r := &reader{src: string(rule), o: o}
	t, s := parseTree(r.src, "")
	if s.bad != "" {
		r.refuse(int32(s.pos), s.bad+" was expected", "")
	} else {
		c := newCompiler(r)
		made := c.rule(&t, false)
		if made.broken != "" && r.fatal() == nil {
			r.refuse(t.pos, made.broken, "")
		}
		if r.fatal() == nil {
			return &Rule{node: made.node}, r.problems, nil
		}
	}
	_, problems, err := r.refused()
	return nil, problems, err
}

// Apply evaluates the rule over any JSON value at the time now, in Unix
// seconds, and returns what it gave as JSON.
func (r *Rule) Apply(data []byte, now int64) ([]byte, error) {
	s := scanner{src: string(data)}
	s.space()
	c := NewContext()
	defer c.Release()
	v, ok := c.value(&s, 0)
	if s.space(); !ok || s.pos < len(s.src) {
		return nil, &davit.Error{Kind: davit.Invalid, Text: "read the data: broken at byte " + itoa(s.pos)}
	}
	c.root = v
	c.key = v.child(TargetingKey)
	c.eval.begin(c, nil, now)
	out := r.node.eval(&c.eval)
	if c.eval.steps < 0 {
		return nil, &davit.Error{Kind: davit.TooLarge, Text: "the rule takes more than a million steps"}
	}
	return appendJSON(nil, out), nil
}

// Match reports whether the rule holds for c; nothing, 0, "" and empty arrays
// and objects do not hold.
func (r *Rule) Match(c *Context, now int64) bool {
	mark := c.used
	c.eval.begin(c, nil, now)
	ok := r.node.eval(&c.eval).truthy() && c.eval.steps >= 0
	c.used = mark
	return ok
}
