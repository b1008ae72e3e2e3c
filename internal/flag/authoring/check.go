package authoring

import (
	"fmt"
	"slices"
	"strings"

	"github.com/davit-cd/davit"
)

// Check holds the flags, segments and groups of one project against each
// other: what is named must be there, and nothing may need itself.
func Check(flags []Flag, segments []Segment, groups []Group) []Problem {
	byKey := map[string]Flag{}
	c := checker{flag: of(byKey), segments: map[string]Segment{}}
	for _, f := range flags {
		if _, twice := byKey[f.Key]; twice {
			c.add(Problem{Flag: f.Key, Text: "there are two flags of this key"})
		}
		byKey[f.Key] = f
	}
	for _, s := range segments {
		if _, twice := c.segments[s.Name]; twice {
			c.add(Problem{Segment: s.Name, Text: "there are two segments of this name"})
		}
		c.segments[s.Name] = s
	}
	for _, s := range segments {
		c.checkSegment(s)
	}
	for _, f := range flags {
		c.checkFlag(f)
	}
	for _, g := range groups {
		c.checkGroup(g)
	}
	if len(c.problems) == 0 {
		c.cycles(flags, segments)
	}
	return c.problems
}

// found looks a flag up by its key.
type found func(key string) (Flag, bool)

func of(flags map[string]Flag) found {
	return func(key string) (Flag, bool) {
		f, ok := flags[key]
		return f, ok
	}
}

type checker struct {
	flag     found
	segments map[string]Segment
	problems []Problem
}

func (c *checker) add(p Problem) { c.problems = append(c.problems, p) }

func (c *checker) checkSegment(s Segment) {
	if s.If == nil {
		return
	}
	for _, name := range s.If.segments() {
		if _, ok := c.segments[name]; !ok {
			c.add(Problem{Segment: s.Name, Text: fmt.Sprintf("there is no segment %q", name), Hint: "write it below segments, or davit flags segments lists those there are"})
		}
	}
}

func (c *checker) checkFlag(f Flag) {
	if len(f.Variants) == 0 {
		c.add(problemOf(f, "", "", "it has no variants"))
	}
	for _, e := range f.Environments {
		s := e.Value
		for _, n := range s.Needs {
			c.need(f, e.Name, n)
		}
		for _, name := range s.names() {
			if !f.Variants.Has(name) {
				c.add(problemOf(f, e.Name, "its variants are "+strings.Join(f.Variants.Names(), ", "), "there is no variant %q", name))
			}
		}
		c.outcomes(f, e.Name, s)
		for _, r := range s.Rules {
			for _, name := range r.If.segments() {
				if _, ok := c.segments[name]; !ok {
					c.add(problemOf(f, e.Name, "write it below segments, or davit flags segments lists those there are", "there is no segment %q", name))
				}
			}
		}
	}
}

// outcomes holds that shares add up; those from a file did when it was read.
func (c *checker) outcomes(f Flag, environment string, s *State) {
	for _, o := range s.outcomes() {
		var sum davit.Weight
		for _, e := range o.Split {
			if e.Value < 0 {
				c.add(problemOf(f, environment, "", "the share of %s is below 0", e.Name))
			}
			sum += e.Value
		}
		if len(o.Split) > 0 && sum != davit.Full {
			c.add(problemOf(f, environment, "", "the shares add up to %s, not to 100 %%", sum))
		}
		if o.Variant == "" && len(o.Split) == 0 && o.Linear == nil {
			c.add(problemOf(f, environment, "", "a rule, or what is served without one, gives nothing"))
		}
		if l := o.Linear; l != nil && (!l.End.After(l.Begin) || l.tooLong() != "") {
			c.add(problemOf(f, environment, "", "the ramp ends before it begins, or is too long for shares this fine"))
		}
	}
}

// outcomes returns everything that a state may give.
func (s *State) outcomes() []Outcome {
	out := []Outcome{s.Serve}
	for _, r := range s.Rules {
		out = append(out, r.Outcome)
	}
	for _, c := range s.Schedule {
		if c.Serve != nil {
			out = append(out, *c.Serve)
		}
	}
	return out
}

// names returns the names of all variants a state speaks of.
func (s *State) names() []string {
	out := append(s.Targets.Names(), s.Off)
	for _, o := range s.outcomes() {
		out = append(out, o.Split.Names()...)
		if o.Variant != "" {
			out = append(out, o.Variant)
		}
		if o.Linear != nil {
			out = append(out, o.Linear.Variant, o.Linear.Others)
		}
	}
	return out
}

func (c *checker) need(f Flag, environment string, n Need) {
	parent, ok := c.flag(n.Flag)
	if !ok {
		c.add(problemOf(f, environment, "prerequisites are flags of the same project", "it needs the flag %q, which is not there", n.Flag))
		return
	}
	for _, v := range n.Variants {
		if !parent.Variants.Has(v) {
			c.add(problemOf(f, environment, "its variants are "+strings.Join(parent.Variants.Names(), ", "), "it needs the variant %q of %s, which has none of that name", v, n.Flag))
		}
	}
	if parent.Hash != nil && f.Hash != nil && parent.State(environment).Disabled {
		c.add(problemOf(f, environment, "", "it needs %s, which is disabled", n.Flag))
	}
}

func (c *checker) checkGroup(g Group) {
	for _, key := range append(g.Shares.Names(), g.Flags...) {
		if _, ok := c.flag(key); !ok {
			c.add(Problem{Group: g.Name, Text: fmt.Sprintf("there is no flag %q", key)})
		}
	}
	var sum davit.Weight
	for _, s := range g.Shares {
		sum += s.Value
	}
	if sum > davit.Full {
		c.add(Problem{Group: g.Name, Text: fmt.Sprintf("the shares add up to %s: at most 100 %%", sum)})
	}
}

// cycles finds flags that need themselves, and segments that ask for
// themselves, over any number of others.
func (c *checker) cycles(flags []Flag, segments []Segment) {
	seen := map[string]bool{}
	for _, f := range flags {
		for _, e := range f.Environments {
			next := func(key string) []string {
				var out []string
				parent, _ := c.flag(key)
				if s, ok := parent.Environments.Get(e.Name); ok {
					for _, n := range s.Needs {
						out = append(out, n.Flag)
					}
				}
				return out
			}
			if way := cycle(f.Key, next); way != nil && !seen[strings.Join(slices.Sorted(slices.Values(way)), "\x00")] {
				seen[strings.Join(slices.Sorted(slices.Values(way)), "\x00")] = true
				c.add(problemOf(f, e.Name, "take one of the prerequisites away", "it needs itself: %s", strings.Join(append(way, way[0]), " → ")))
			}
		}
	}
	for _, s := range segments {
		next := func(name string) []string {
			if one := c.segments[name]; one.If != nil {
				return one.If.segments()
			}
			return nil
		}
		if way := cycle(s.Name, next); way != nil {
			c.add(Problem{Segment: s.Name, Text: "it asks for itself: " + strings.Join(append(way, way[0]), " → "), Hint: "take one of the segments out"})
			return
		}
	}
}

// cycle returns the way from a name back to itself; nil if there is none.
func cycle(from string, next func(string) []string) []string {
	done := map[string]bool{}
	var walk func(at string, way []string) []string
	walk = func(at string, way []string) []string {
		for _, n := range next(at) {
			if n == from {
				return append(way, at)
			}
			if !done[n] {
				done[n] = true
				if found := walk(n, append(way, at)); found != nil {
					return found
				}
			}
		}
		return nil
	}
	return walk(from, nil)
}
