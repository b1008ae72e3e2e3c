package flag

// condition is a node that can say whether it holds without making a value of
// that first.
type condition interface {
	node
	holds(e *eval) bool
}

// truth makes a condition of any node.
type truth struct{ node }

func (n truth) holds(e *eval) bool { return n.node.eval(e).truthy() }

// conditions are the nodes as conditions.
func conditions(list []node) []condition {
	out := make([]condition, len(list))
	for i, n := range list {
		c, ok := n.(condition)
		if !ok {
			c = truth{n}
		}
		out[i] = c
	}
	return out
}

func (n *both) holds(e *eval) bool {
	for _, c := range n.conditions {
		if !c.holds(e) {
			return false
		}
	}
	return len(n.conditions) > 0
}

func (n *either) holds(e *eval) bool {
	for _, c := range n.conditions {
		if c.holds(e) {
			return true
		}
	}
	return false
}

func (n *refNode) holds(e *eval) bool {
	if c, ok := n.rule.(condition); ok {
		return c.holds(e)
	}
	return n.rule.eval(e).truthy()
}
