package flag

// maxSteps bounds the work of one evaluation: rounds of loops, and parts of
// what is built.
const maxSteps = 1_000_000

// eval is one evaluation under way.
type eval struct {
	c     *Context
	flag  *Flag // nil for a rule on its own
	now   int64
	data  val  // what var reads from
	inner bool // data is not the context but an item of it
	steps int  // so many are left; below 0: too many were taken
	buf   []byte
}

func (e *eval) begin(c *Context, f *Flag, now int64) {
	e.c, e.flag, e.now = c, f, now
	e.data, e.inner = c.root, false
	e.steps = maxSteps
	e.buf = e.buf[:0]
}

// spend takes n steps; false if there are none left.
func (e *eval) spend(n int) bool {
	if e.steps >= 0 {
		e.steps -= n
	}
	return e.steps >= 0
}

// flagKey is the key of the flag under evaluation.
func (e *eval) flagKey() string {
	if e.flag == nil || e.inner {
		return ""
	}
	return e.flag.key
}

// node is a compiled piece of a rule.
type node interface {
	eval(e *eval) val
	// name is the operator, empty for a literal.
	name() string
	// args are the operator's arguments.
	args() []node
}
