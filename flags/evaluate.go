package flags

import (
	"fmt"

	"github.com/davit-cd/davit/internal/flag"
)

// Bool is what the flag gives to c, or otherwise if it gives no boolean.
func (c *Client) Bool(key string, otherwise bool, who Context) bool {
	if r := c.evaluate(key, flag.Bool, who); r.Value != nil {
		return r.Value.Bool()
	}
	return otherwise
}

// String is what the flag gives to who, or otherwise if it gives no text.
func (c *Client) String(key, otherwise string, who Context) string {
	if r := c.evaluate(key, flag.String, who); r.Value != nil {
		return r.Value.Text()
	}
	return otherwise
}

// Float is what the flag gives to who, or otherwise if it gives no number.
func (c *Client) Float(key string, otherwise float64, who Context) float64 {
	if r := c.evaluate(key, flag.Number, who); r.Value != nil {
		return r.Value.Number()
	}
	return otherwise
}

// Int is what the flag gives to who, or otherwise if it gives no whole number
// within ±(2^53−1).
func (c *Client) Int(key string, otherwise int64, who Context) int64 {
	if r := c.evaluate(key, flag.Number, who); r.Value != nil {
		if n, ok := r.Value.Int(); ok {
			return n
		}
	}
	return otherwise
}

// Object is what the flag gives to who, or otherwise if it gives no object.
// The map is the caller's own.
func (c *Client) Object(key string, otherwise map[string]any, who Context) map[string]any {
	if r := c.evaluate(key, flag.Object, who); r.Value != nil {
		if m, ok := r.Value.Any().(map[string]any); ok {
			return m
		}
	}
	return otherwise
}

// Evaluate is what the flag gives to who, with the reasons.
func (c *Client) Evaluate(key string, who Context) Evaluation {
	r := c.evaluate(key, flag.None, who)
	return Evaluation{Value: r.Value.Any(), Variant: r.Variant, Reason: string(r.Reason), Code: string(r.Code), Detail: r.Detail}
}

// Explain tells how the flag comes to what it gives to who: every operator of
// its rule, what it was given and what it gave, as JSON can hold it. It is nil
// if there is no such flag, or no use in the context.
func (c *Client) Explain(key string, who Context) (tree any) {
	defer func() {
		if p := recover(); p != nil {
			c.o.Log.Error("a flag's context panicked", "flag", key, "panic", fmt.Sprint(p))
			tree = nil
		}
	}()
	h := c.held.Load()
	if h == nil || h.set.Flag(key) == nil {
		return nil
	}
	fc, err := flag.ContextOf(who)
	if err != nil {
		return nil
	}
	defer fc.Release()
	return h.set.Flag(key).Explain(fc, c.o.Now().Unix())
}

// evaluate evaluates a flag for somebody; kind None takes any. It never
// panics, not even if an attribute's own code does.
func (c *Client) evaluate(key string, kind flag.Kind, who Context) (r flag.Result) {
	defer func() {
		if p := recover(); p != nil {
			c.o.Log.Error("a flag's context or the hook for exposures panicked", "flag", key, "panic", fmt.Sprint(p))
			if r.Reason == "" { // before there was a result
				r = flag.Result{Reason: flag.Failed, Code: flag.General, Detail: "the context panicked"}
			}
		}
	}()
	h := c.held.Load()
	if h == nil {
		return flag.Result{Reason: flag.Failed, Code: "PROVIDER_NOT_READY", Detail: "there is no flag set yet"}
	}
	f := h.set.Flag(key)
	if f == nil {
		return flag.NotFound(key)
	}
	fc, err := flag.ContextOf(who)
	if err != nil {
		return flag.Result{Reason: flag.Failed, Code: flag.CodeOf(err), Detail: err.Error(), Flag: f}
	}
	r = f.Evaluate(fc, c.o.Now().Unix())
	if kind != flag.None {
		r = r.As(kind)
	}
	target := fc.TargetingKey()
	fc.Release()
	if c.o.Exposed != nil && r.Value != nil {
		c.o.Exposed(Exposure{Set: c.o.Set, Revision: h.revision, Flag: key, Variant: r.Variant, Reason: string(r.Reason), Key: target})
	}
	return r
}
