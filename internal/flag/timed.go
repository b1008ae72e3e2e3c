package flag

import "slices"

// Timed reports whether the flag's answers may change while nothing does but
// the time: its targeting reads $flagd.timestamp, or an attribute whose name
// is computed and could be that.
func (f *Flag) Timed() bool { return f.rule != nil && timed(f.rule) }

func timed(n node) bool {
	switch n := n.(type) {
	case *clock:
		return true
	case *literal:
		return false
	case *call:
		if n.name() == "var" && !constant(n.list) {
			return true
		}
	}
	return slices.ContainsFunc(n.args(), timed)
}

// constant reports whether the name that a var reads is known.
func constant(args []node) bool {
	if len(args) == 0 {
		return true
	}
	l, ok := args[0].(*literal)
	return ok && l.v.str != "$flagd.timestamp"
}
