package flag

import (
	"maps"
	"strings"
)

// static is what every evaluation of a set has in its context, over what the
// one who asks has said: facts of the place where flags are served.
type static struct {
	Metadata
	vals []val
}

func newStatic(facts map[string]any) *static {
	if len(facts) == 0 {
		return nil
	}
	s := &static{Metadata: newMetadata(facts)}
	for _, v := range s.values {
		s.vals = append(s.vals, factVal(v))
	}
	return s
}

// over puts the facts into c, if they are not what was put there last.
func (s *static) over(c *Context) {
	if s == nil || c.static == s {
		return
	}
	for i, name := range s.names {
		c.set(name, s.vals[i])
	}
	c.static = s
}

// StaticProblem says why there may be no static attribute of that name; empty:
// there may be one.
func StaticProblem(name string) string {
	switch {
	case name == "":
		return "an attribute has no name"
	case name == TargetingKey:
		return "targetingKey says who asks, so it is not the same for all"
	case strings.HasPrefix(name, "$"):
		return "a name with $ is the evaluator's own"
	}
	return ""
}

// static reads the document's own attributes, with those of the options over them.
func (r *reader) static(t *tree) *static {
	facts := map[string]any{}
	if t != nil {
		r.enter("$context")
		if t.form == isObject {
			r.attributes(t, facts)
		} else {
			r.fail(t.pos, "$context is "+t.form.String()+", not an object", "")
		}
		r.leave()
	}
	maps.Copy(facts, r.o.Context)
	return newStatic(facts)
}

// attributes reads what $context says into facts.
func (r *reader) attributes(t *tree, facts map[string]any) {
	r.names(t, nil)
	for i := range t.items {
		r.enter(t.items[i].key)
		r.attribute(&t.items[i], facts)
		r.leave()
	}
}

func (r *reader) attribute(t *tree, facts map[string]any) {
	if why := StaticProblem(t.key); why != "" {
		r.fail(t.keyPos, why, "give it another name")
		return
	}
	switch t.form {
	case isBool, isNumber, isText:
		facts[t.key] = t.val().any()
	default:
		r.fail(t.pos, "a static attribute is "+t.form.String()+", not a boolean, number or text", "")
	}
}
