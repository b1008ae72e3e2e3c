package authoring

import (
	"strconv"

	"github.com/davit-cd/davit"
)

// draws counts the shares that are drawn inside one rule or segment, so that
// each has a salt of its own and is independent of the others.
type draws struct {
	salt string
	n    int
}

func (d *draws) next() string {
	d.n++
	return d.salt + strconv.Itoa(d.n) + "/"
}

// condition is true or false for a user.
func (c *compiler) condition(x Condition, d *draws) expr {
	switch {
	case len(x.All) > 0:
		parts := make([]expr, 0, len(x.All))
		for _, sub := range x.All {
			parts = append(parts, c.condition(sub, d))
		}
		return and(parts...)
	case len(x.Any) > 0:
		parts := make([]expr, 0, len(x.Any))
		for _, sub := range x.Any {
			parts = append(parts, c.condition(sub, d))
		}
		return or(parts...)
	case x.Not != nil:
		return not(c.condition(*x.Not, d))
	case len(x.Segments) > 0:
		parts := make([]expr, 0, len(x.Segments))
		for _, name := range x.Segments {
			parts = append(parts, c.segment(c.segments[name]))
		}
		return or(parts...)
	case x.Share == davit.Full:
		return yes
	case x.Share > 0:
		draw := op("fractional", op("cat", d.next(), variable(targetingKey)), []expr{"in", int(x.Share)}, []expr{"out", int(davit.Full - x.Share)})
		return and(variable(targetingKey), op("===", draw, "in"))
	}
	parts := make([]expr, 0, len(x.Tests))
	for _, t := range x.Tests {
		parts = append(parts, test(x.Attribute, t))
	}
	return and(parts...)
}

// segment holds for those who are in a segment.
func (c *compiler) segment(s Segment) expr {
	key := variable(targetingKey)
	in := expr(no)
	if s.If != nil {
		in = c.condition(*s.If, &draws{salt: c.project + "/segment/" + s.Name + "/"})
	}
	if len(s.Excluded) > 0 {
		in = and(not(op("in", key, s.Excluded)), in)
	}
	if len(s.Included) > 0 {
		in = or(op("in", key, s.Included), in)
	}
	return in
}

// test compares an attribute. JSONLogic takes what is missing for 0 where it
// compares numbers, so those ask first whether it is there.
func test(attribute string, t Test) expr {
	a := variable(attribute)
	there := op("!==", a, nil)
	switch t.Op {
	case Is:
		return op("===", a, t.Value)
	case Not:
		return op("!==", a, t.Value)
	case In:
		return op("in", a, t.Value)
	case NotIn:
		return not(op("in", a, t.Value))
	case Contains:
		return op("in", t.Value, a)
	case Has:
		return op("some", a, op("===", variable(""), t.Value))
	case Starts:
		return op("starts_with", a, t.Value)
	case Ends:
		return op("ends_with", a, t.Value)
	case Above:
		return and(there, op(">", a, t.Value))
	case Below:
		return and(there, op("<", a, t.Value))
	case Min:
		return and(there, op(">=", a, t.Value))
	case Max:
		return and(there, op("<=", a, t.Value))
	case Semver:
		text, _ := t.Value.(string)
		sign, version, _ := SemverRange(text)
		return op("sem_ver", a, sign, version)
	case Exists:
		if t.Value == false {
			return op("===", a, nil)
		}
		return there
	case Matches, Cidr, After, Before, Like:
		return serverOnly(a, t)
	}
	return no
}
