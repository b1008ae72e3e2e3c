package flag

// call is an operator with its arguments, of those that need no form of their own.
type call struct {
	op   string
	fn   func(e *eval, args []node) val
	list []node

	loops bool // the second argument is run for each item of the first
}

func (n *call) eval(e *eval) val { return n.fn(e, n.list) }
func (n *call) name() string     { return n.op }
func (n *call) args() []node     { return n.list }

// arg evaluates argument i; null if there is none.
func arg(e *eval, args []node, i int) val {
	if i >= len(args) {
		return val{}
	}
	return args[i].eval(e)
}
