package flag

// equal is ==: texts as texts, null only with null, all else as numbers.
func equal(a, b val) bool {
	if a.form == isText && b.form == isText {
		return a.str == b.str
	}
	if a.form == isNull || b.form == isNull {
		return a.form == b.form
	}
	return toNumber(a) == toNumber(b)
}

// identical is ===: of one form, and equal.
func identical(a, b val) bool { return a.form == b.form && equal(a, b) }

// less is <: texts by their bytes, all else as numbers.
func less(a, b val) bool {
	if a.form == isText && b.form == isText {
		return a.str < b.str
	}
	return toNumber(a) < toNumber(b)
}

func atMost(a, b val) bool { return less(a, b) || equal(a, b) }

// comparison is one of the comparing operators. The third argument of < and
// <= asks whether the second lies between.
type comparison struct {
	op   string
	fn   func(a, b val) bool
	list []node
}

func (n *comparison) eval(e *eval) val { return boolean(n.holds(e)) }

func (n *comparison) holds(e *eval) bool {
	switch len(n.list) {
	case 2:
		return n.fn(n.list[0].eval(e), n.list[1].eval(e))
	case 3:
		a, b, c := n.list[0].eval(e), n.list[1].eval(e), n.list[2].eval(e)
		return n.fn(a, b) && n.fn(b, c)
	}
	return false
}

func (n *comparison) name() string { return n.op }
func (n *comparison) args() []node { return n.list }

// comparing returns the function of a comparing operator, nil if op is none.
func comparing(op string) func(a, b val) bool {
	switch op {
	case "==":
		return equal
	case "===":
		return identical
	case "!=":
		return func(a, b val) bool { return !equal(a, b) }
	case "!==":
		return func(a, b val) bool { return !identical(a, b) }
	case "<":
		return less
	case "<=":
		return atMost
	case ">":
		return func(a, b val) bool { return less(b, a) }
	case ">=":
		return func(a, b val) bool { return atMost(b, a) }
	}
	return nil
}

// threshold is an ordering comparison with a literal number.
type threshold struct {
	op    string
	what  node
	bound *literal
}

func (n *threshold) eval(e *eval) val { return boolean(n.holds(e)) }

func (n *threshold) holds(e *eval) bool {
	v := n.what.eval(e)
	x, bound := v.num, n.bound.v.num
	if v.form != isNumber {
		x = toNumber(v)
	}
	ok := false
	switch n.op {
	case "<":
		ok = x < bound
	case "<=":
		ok = x <= bound && v.form != isNull || x < bound
	case ">":
		ok = x > bound
	case ">=":
		ok = x >= bound && v.form != isNull || x > bound
	}
	return ok
}

func (n *threshold) name() string { return n.op }
func (n *threshold) args() []node { return []node{n.what, n.bound} }

// sameText is == or === with a literal text, for all that is a text.
type sameText struct {
	op   string
	what node
	text *literal
	turn bool // the text stood first
}

func (n *sameText) eval(e *eval) val { return boolean(n.holds(e)) }

func (n *sameText) holds(e *eval) bool {
	v := n.what.eval(e)
	if v.form == isText {
		return v.str == n.text.v.str
	}
	return n.op == "==" && equal(v, n.text.v)
}

func (n *sameText) name() string { return n.op }

func (n *sameText) args() []node {
	if n.turn {
		return []node{n.text, n.what}
	}
	return []node{n.what, n.text}
}

// quick returns a faster form of a comparison, nil if there is none.
func quick(op string, args []node) node {
	if len(args) != 2 {
		return nil
	}
	first, _ := args[0].(*literal)
	second, _ := args[1].(*literal)
	switch op {
	case "<", "<=", ">", ">=":
		if second != nil && second.v.form == isNumber {
			return &threshold{op: op, what: args[0], bound: second}
		}
	case "==", "===":
		if second != nil && second.v.form == isText {
			return &sameText{op: op, what: args[0], text: second}
		}
		if first != nil && first.v.form == isText {
			return &sameText{op: op, what: args[1], text: first, turn: true}
		}
	}
	return nil
}
