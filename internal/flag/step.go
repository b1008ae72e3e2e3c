package flag

import (
	"encoding/json"
	"strconv"
)

// Step is one operator or literal of a rule, what it was given and what it gave.
type Step struct {
	Op      string          `json:"op,omitempty"`      // empty: a literal
	Inputs  []Step          `json:"inputs,omitempty"`  // the operator's arguments
	Gave    json.RawMessage `json:"gave,omitempty"`    // absent: it was not evaluated
	Taken   bool            `json:"taken,omitempty"`   // of the branches of an if: this one counts
	Skipped bool            `json:"skipped,omitempty"` // not evaluated, since the answer was known before
	Note    string          `json:"note,omitempty"`
}

// mostSteps bounds an explanation.
const mostSteps = 5000

// explainer walks over a rule during an evaluation.
type explainer struct {
	e    *eval
	left int
}

// step explains n by evaluating it.
func (x *explainer) step(n node) Step {
	if x.left--; x.left < 0 {
		return Step{Op: n.name(), Gave: brief(n.eval(x.e)), Note: "more than this explanation holds"}
	}
	switch n := n.(type) {
	case *literal:
		s := Step{Op: n.name(), Gave: brief(n.v)}
		for _, a := range n.args() {
			s.Inputs = append(s.Inputs, x.step(a))
		}
		return s
	case *attribute, *path, *clock, *keyName:
		return x.plain(n)
	case *refNode:
		in := x.step(n.rule)
		return Step{Op: "$ref", Note: n.to, Inputs: []Step{in}, Gave: in.Gave}
	case *branch:
		return x.branch(n)
	case *both:
		return x.until(n, false)
	case *either:
		return x.until(n, true)
	case *fraction:
		return x.fraction(n)
	case *call:
		if n.loops {
			return x.loop(n)
		}
	}
	return x.plain(n)
}

// plain explains an operator whose arguments are all evaluated.
func (x *explainer) plain(n node) Step {
	s := Step{Op: n.name()}
	for _, a := range n.args() {
		s.Inputs = append(s.Inputs, x.step(a))
	}
	s.Gave = brief(n.eval(x.e))
	if d, ok := n.(interface{ detail(*eval) string }); ok {
		s.Note = d.detail(x.e)
	}
	return s
}

// skipped is what an operator looks like that was not evaluated.
func (x *explainer) skipped(n node) Step {
	if l, ok := n.(*literal); ok && l.was == nil {
		return Step{Gave: brief(l.v), Skipped: true}
	}
	return Step{Op: n.name(), Skipped: true}
}

func (x *explainer) branch(n *branch) Step {
	s := Step{Op: n.op}
	decided := false
	for i := 0; i < len(n.list); i++ {
		switch condition := i%2 == 0 && i+1 < len(n.list); {
		case decided:
			s.Inputs = append(s.Inputs, x.skipped(n.list[i]))
		case !condition: // the else, or what the condition before it led to
			in := x.step(n.list[i])
			in.Taken, decided = true, true
			s.Inputs, s.Gave = append(s.Inputs, in), in.Gave
		default:
			s.Inputs = append(s.Inputs, x.step(n.list[i]))
			if !n.list[i].eval(x.e).truthy() {
				i++
				s.Inputs = append(s.Inputs, x.skipped(n.list[i]))
			}
		}
	}
	if !decided {
		s.Gave = brief(val{})
	}
	return s
}

// until explains and, and or: they end at the first argument that is stop.
func (x *explainer) until(n node, stop bool) Step {
	s := Step{Op: n.name(), Gave: brief(val{})}
	decided := false
	for _, a := range n.args() {
		if decided {
			s.Inputs = append(s.Inputs, x.skipped(a))
			continue
		}
		in := x.step(a)
		s.Inputs, s.Gave = append(s.Inputs, in), in.Gave
		decided = a.eval(x.e).truthy() == stop
	}
	return s
}

func (x *explainer) loop(n *call) Step {
	s := Step{Op: n.op}
	for i, a := range n.list {
		if i == 1 {
			in := x.skipped(a)
			in.Skipped, in.Note = false, "run for each item"
			s.Inputs = append(s.Inputs, in)
			continue
		}
		s.Inputs = append(s.Inputs, x.step(a))
	}
	s.Gave = brief(n.eval(x.e))
	return s
}

func (x *explainer) fraction(n *fraction) Step {
	s := x.plain(n)
	h, ok := n.hash(x.e)
	if !ok {
		s.Note = "there is no key to hash: no targeting key, and none given"
		return s
	}
	total := n.total
	if !n.fixed {
		total = 0
		for i := range n.shares {
			if _, w, ok := n.shares[i].get(x.e); ok {
				total += w
			}
		}
	}
	if total == 0 {
		s.Note = "the weights are all 0, or one of them is wrong"
		return s
	}
	s.Note = "hash " + strconv.FormatUint(uint64(h), 10) + ", bucket " + strconv.FormatUint(uint64(h)*total>>32, 10) + " of " + strconv.FormatUint(total, 10)
	return s
}

// brief is v as JSON, unless it is too large to show.
func brief(v val) json.RawMessage {
	left := 500
	if !v.small(&left) {
		return json.RawMessage(`"(more than an explanation holds)"`)
	}
	return appendJSON(nil, v)
}

// small reports whether v has no more parts and bytes than are left.
func (v val) small(left *int) bool {
	if *left -= 1 + len(v.str)/16; *left < 0 {
		return false
	}
	if v.form < isArray {
		return true
	}
	for i, item := range v.list.vals {
		if v.form == isObject {
			*left -= len(v.list.keys[i]) / 16
		}
		if !item.small(left) {
			return false
		}
	}
	return true
}
