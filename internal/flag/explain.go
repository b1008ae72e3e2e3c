package flag

import "slices"

// Explain evaluates the flag as Evaluate does and tells how: every operator,
// its inputs, what it gave, and the branch that was taken.
func (f *Flag) Explain(c *Context, now int64) Explanation {
	if c == nil {
		c = NewContext()
		defer c.Release()
	}
	r := f.Evaluate(c, now)
	out := Explanation{Flag: f.key, Enabled: f.enabled, Variant: r.Variant, Reason: r.Reason, Code: r.Code, Text: r.sentence()}
	if r.Value != nil {
		out.Value = slices.Clone(r.Value.json)
	}
	if f.enabled && f.broken == "" && f.rule != nil {
		mark := c.used
		c.eval.begin(c, f, now)
		s := (&explainer{e: &c.eval, left: mostSteps}).step(f.rule)
		out.Rule = &s
		c.used = mark
	}
	return out
}

// sentence is the result for people.
func (r Result) sentence() string {
	given := "the program's own default counts"
	if r.Value != nil {
		given = quote(r.Variant)
	}
	switch {
	case r.Code != "":
		return "the evaluation failed: " + r.Detail + "; the program's own default counts"
	case r.Reason == Disabled:
		return "the flag is disabled; the program's own default counts"
	case r.Reason == Static:
		return "the flag has no targeting: " + given + " for everybody"
	case r.Reason == TargetingMatch:
		return "the targeting gave " + given
	case r.Value == nil:
		return "there is no default variant: " + given
	}
	return "the targeting gave nothing, so the default: " + given
}
