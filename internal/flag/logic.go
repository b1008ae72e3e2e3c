package flag

// branch is if: pairs of condition and consequence, perhaps with an else.
type branch struct {
	op         string
	list       []node
	conditions []condition // of them all, though only those that decide are asked
}

func (n *branch) eval(e *eval) val {
	i := 0
	for ; i+1 < len(n.list); i += 2 {
		if n.conditions[i].holds(e) {
			return n.list[i+1].eval(e)
		}
	}
	if i < len(n.list) {
		return n.list[i].eval(e)
	}
	return val{}
}

func (n *branch) name() string { return n.op }
func (n *branch) args() []node { return n.list }

// both is and: the first argument that is false, else the last.
type both struct {
	list       []node
	conditions []condition
}

func (n *both) eval(e *eval) val {
	var v val
	for _, a := range n.list {
		if v = a.eval(e); !v.truthy() {
			return v
		}
	}
	return v
}

func (n *both) name() string { return "and" }
func (n *both) args() []node { return n.list }

// either is or: the first argument that is true, else the last.
type either struct {
	list       []node
	conditions []condition
}

func (n *either) eval(e *eval) val {
	var v val
	for _, a := range n.list {
		if v = a.eval(e); v.truthy() {
			return v
		}
	}
	return v
}

func (n *either) name() string { return "or" }
func (n *either) args() []node { return n.list }

func not(e *eval, args []node) val      { return boolean(!arg(e, args, 0).truthy()) }
func truthful(e *eval, args []node) val { return boolean(arg(e, args, 0).truthy()) }
