package ofrep

import (
	"bytes"

	"github.com/davit-cd/davit/internal/flag"
)

// evaluate evaluates one flag and counts it.
func (h *Handler) evaluate(set *flag.Set, f *flag.Flag, c *flag.Context, now int64) flag.Result {
	r := f.Evaluate(c, now)
	if r.Value == nil && r.Code == "" && r.Reason == flag.Default && needsKey(f, c, now) {
		r = flag.Result{
			Reason: flag.Failed, Code: flag.TargetingKeyMissing, Flag: f,
			Detail: "the flag is split by the targeting key, which the context does not have, and there is no default variant",
		}
	}
	h.options.Book.Evaluated(set, r, c)
	return r
}

// needsKey reports whether f gave nothing only since c has no targeting key: a
// split could not be made, and there is no default variant to fall back to.
func needsKey(f *flag.Flag, c *flag.Context, now int64) bool {
	if c.TargetingKey() != "" || !bytes.Contains(f.Targeting(), []byte(`"fractional"`)) {
		return false
	}
	if _, given := c.Get(flag.TargetingKey); given {
		return false // something that is no text: such a split gives nothing
	}
	tried, err := flag.ParseContext(c.AppendCanonical(nil))
	if err != nil {
		return false
	}
	defer tried.Release()
	tried.SetText(flag.TargetingKey, "somebody")
	return f.Evaluate(tried, now).Value != nil
}
