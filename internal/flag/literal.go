package flag

// literal is a value known when the rule is read. was is what it was computed
// from, nil if it stood there.
type literal struct {
	v   val
	was node
}

func (n *literal) eval(*eval) val { return n.v }

func (n *literal) name() string {
	if n.was != nil {
		return n.was.name()
	}
	return ""
}

func (n *literal) args() []node {
	if n.was != nil {
		return n.was.args()
	}
	return nil
}

// arrayNode is a literal array with rules among its items.
type arrayNode struct{ items []node }

func (n *arrayNode) eval(e *eval) val {
	l := e.c.take()
	for _, item := range n.items {
		l.vals = append(l.vals, item.eval(e))
	}
	return val{form: isArray, list: l}
}

func (n *arrayNode) name() string { return "[]" }
func (n *arrayNode) args() []node { return n.items }

// refNode is a shared evaluator, or what stands for it until it is compiled.
type refNode struct {
	to   string
	rule node
}

func (n *refNode) eval(e *eval) val { return n.rule.eval(e) }
func (n *refNode) name() string     { return "$ref" }
func (n *refNode) args() []node     { return []node{n.rule} }
