package flag

import (
	"slices"
	"strconv"
	"strings"
)

// What one flag's targeting may cost, everything it refers to counted anew
// wherever it is referred to.
const (
	maxCost   = 200_000 // operators and literals
	maxHeight = 2_000   // one within the other
)

// compiled is a piece of a rule and what it costs.
type compiled struct {
	node    node
	cost    int
	height  int
	foreign bool
	broken  string // why it cannot be evaluated
}

// compiler compiles the rules of one document.
type compiler struct {
	*reader
	ops        map[string]operator
	evaluators map[string]*tree
	done       map[reference]*compiled // nil while it is under way
	fold       *Context                // memory for what literals are computed to
	text       []byte                  // memory for what was written
	literals   []literal               // memory for literals
	lists      []node                  // memory for arguments
	answers    []Variant               // of the flag that is being compiled
}

func newCompiler(r *reader) *compiler {
	c := &compiler{reader: r, ops: operators(), evaluators: map[string]*tree{}, done: map[reference]*compiled{}, fold: &Context{}}
	c.fold.root = val{form: isObject, list: &list{}}
	return c
}

// reference is a shared evaluator where the context is to be seen, or within a loop.
type reference struct {
	name  string
	inner bool
}

// rule compiles t; inner is whether it stands in the body of a loop.
func (c *compiler) rule(t *tree, inner bool) compiled {
	switch {
	case t.form == isArray && t.plain():
		return compiled{node: c.literal(t.val()), cost: 1 + len(t.items)}
	case t.form == isArray:
		items := c.nodes(len(t.items))
		out := compiled{cost: 1, node: &arrayNode{items: items}}
		for i := range t.items {
			c.item(i)
			items[i] = out.take(c.rule(&t.items[i], inner))
			c.leave()
		}
		return out
	case t.form == isText:
		return compiled{node: c.literal(text(c.known(t.str))), cost: 1}
	case t.form != isObject || len(t.items) == 0:
		return compiled{node: c.literal(t.val()), cost: 1}
	case len(t.items) > 1:
		c.lint(t.pos, "an object with "+itoa(len(t.items))+" names is no rule but itself", "give each operator an object of its own")
		return compiled{node: c.literal(t.val()), cost: 1}
	}
	op, arg := t.items[0].key, &t.items[0]
	c.enter(op)
	defer c.leave()
	if op == "$ref" {
		return c.refer(arg, inner)
	}
	return c.operator(op, arg, inner)
}

// take adds the cost of a part to its whole.
func (c *compiled) take(part compiled) node {
	c.cost += part.cost
	c.height = max(c.height, part.height+1)
	c.foreign = c.foreign || part.foreign
	if c.broken == "" {
		c.broken = part.broken
	}
	if c.cost > maxCost && c.broken == "" {
		c.broken = "the targeting has more than 200,000 parts"
	}
	if c.height > maxHeight && c.broken == "" {
		c.broken = "the targeting nests more than 2,000 levels deep"
	}
	return part.node
}

// literal and nodes take from memory that a set's rules share: there are
// many of them, and they live as long as the set does.
func (c *compiler) literal(v val) *literal {
	if len(c.literals) == cap(c.literals) {
		c.literals = make([]literal, 0, min(256, 16+2*cap(c.literals)))
	}
	c.literals = append(c.literals, literal{v: v})
	return &c.literals[len(c.literals)-1]
}

func (c *compiler) nodes(n int) []node {
	if cap(c.lists)-len(c.lists) < n {
		c.lists = make([]node, 0, max(n, min(512, 16+2*cap(c.lists))))
	}
	from := len(c.lists)
	c.lists = c.lists[:from+n]
	return c.lists[from : from+n : from+n]
}

// known is s, in the memory of the variant of that name if there is one: they
// are found equal sooner.
func (c *compiler) known(s string) string {
	for i := range c.answers {
		if c.answers[i].Name == s {
			return c.answers[i].Name
		}
	}
	return s
}

// refer compiles {"$ref": name}.
func (c *compiler) refer(arg *tree, inner bool) compiled {
	broken := func(text, hint string) compiled {
		c.fail(arg.pos, text, hint)
		return compiled{node: &literal{}, cost: 1, broken: text}
	}
	if arg.form != isText {
		return broken("$ref is "+arg.form.String()+", not the name of a shared evaluator", "")
	}
	def := c.evaluators[arg.str]
	if def == nil {
		return broken("there is no evaluator "+quote(arg.str), c.nearest(arg.str, keysOf(c.evaluators)))
	}
	key := reference{arg.str, inner}
	done, seen := c.done[key]
	switch {
	case !seen:
		c.done[key] = nil
		answers := c.answers
		c.answers = nil
		made := c.evaluator(arg.str, def, inner)
		c.answers = answers
		done = &made
		c.done[key] = done
	case done == nil:
		return broken("evaluator "+quote(arg.str)+" refers to itself", "")
	}
	out := compiled{cost: 1}
	out.node = &refNode{to: arg.str, rule: out.take(*done)}
	return out
}

// evaluator compiles a shared evaluator.
func (c *compiler) evaluator(name string, def *tree, inner bool) compiled {
	way := c.way
	c.way = []crumb{{"$evaluators", -1}, {name, -1}}
	made := c.rule(def, inner)
	c.way = way
	return made
}

// operator compiles {op: arg}.
func (c *compiler) operator(op string, arg *tree, inner bool) compiled {
	list := []tree{*arg}
	if arg.form == isArray {
		list = arg.items
	}
	known, ok := c.ops[op]
	least, most := known.least, known.most
	if !ok {
		if least, most, ok = special(op); !ok {
			text := "there is no operator " + quote(op)
			c.fail(arg.keyPos, text, c.nearest(op, c.operatorNames()))
			return compiled{node: &literal{}, cost: 1, broken: text}
		}
	}
	if n := len(list); n < least || most >= 0 && n > most {
		c.lint(arg.keyPos, op+" takes "+counted(least, most)+" arguments, not "+itoa(n), "")
	}
	if op == "fractional" {
		return c.fraction(arg, list, inner)
	}
	if op == "davit.bucket" {
		return c.bucket(arg, list, inner)
	}
	out := compiled{cost: 1, foreign: known.foreign}
	args := c.nodes(len(list))
	literals := !known.impure && !known.loops && op != "var"
	for i := range list {
		if arg.form == isArray {
			c.item(i)
		}
		args[i] = out.take(c.rule(&list[i], inner || known.loops && i == 1))
		if arg.form == isArray {
			c.leave()
		}
		_, lit := args[i].(*literal)
		literals = literals && lit
	}
	if op == "davit.regex" || op == "davit.cidr" {
		n, trouble := prepared(op, args)
		if trouble != "" {
			c.fail(arg.pos, trouble, "")
			out.node, out.broken = &literal{}, trouble
			return out
		}
		out.node = n
		return out
	}
	out.node = c.form(op, known, args, inner)
	c.check(op, args, list)
	if literals && out.broken == "" {
		e := &c.fold.eval
		e.begin(c.fold, nil, 0)
		e.buf = nil
		out.node = &literal{v: out.node.eval(e), was: out.node}
	}
	return out
}

// form makes the node of an operator.
func (c *compiler) form(op string, known operator, args []node, inner bool) node {
	switch op {
	case "if", "?:":
		return &branch{op: op, list: args, conditions: conditions(args)}
	case "and":
		return &both{list: args, conditions: conditions(args)}
	case "or":
		return &either{list: args, conditions: conditions(args)}
	case "var":
		return c.variable(args, inner)
	case "starts_with", "ends_with":
		if len(args) == 2 {
			if lit, ok := args[1].(*literal); ok && lit.v.form == isText {
				return &ending{what: args[0], part: lit, last: op == "ends_with"}
			}
		}
	case "in":
		if len(args) == 2 {
			if lit, ok := args[1].(*literal); ok && lit.v.form == isArray {
				return newMembership(args[0], lit, lit.v.list.vals)
			}
		}
	}
	if n := quick(op, args); n != nil {
		return n
	}
	if fn := comparing(op); fn != nil {
		return &comparison{op: op, fn: fn, list: args}
	}
	return &call{op: op, fn: known.fn, list: args, loops: known.loops}
}

func (c *compiler) variable(args []node, inner bool) node {
	if len(args) == 0 {
		return variable("", nil, inner)
	}
	lit, ok := args[0].(*literal)
	if !ok {
		return &call{op: "var", fn: computedVar, list: args}
	}
	var orElse node
	if len(args) > 1 {
		orElse = args[1]
	}
	switch lit.v.form {
	case isArray, isObject:
		return &literal{}
	}
	if lit.v.form == isText {
		return variable(lit.v.str, orElse, inner)
	}
	return variable(string(appendText(nil, lit.v)), orElse, inner)
}

// fraction compiles fractional.
func (c *compiler) fraction(arg *tree, list []tree, inner bool) compiled {
	n := &fraction{version: c.version()}
	out := compiled{cost: 1}
	if arg.form != isArray {
		c.lint(arg.pos, "fractional takes an array of [variant, weight]", "")
	}
	for i := range list {
		c.item(i)
		n.add(c, &out, &list[i], i == 0, inner)
		c.leave()
	}
	n.settle()
	if lit, ok := n.by.(*literal); ok && lit.was == nil && lit.v.form != isNull {
		c.lint(list[0].pos, "the first argument of fractional is the same for everybody", `give a rule that gives the key, as {"var":"email"}, or leave it out`)
	}
	out.node = n
	return out
}

// add compiles one argument of fractional.
func (n *fraction) add(c *compiler, out *compiled, t *tree, first, inner bool) {
	if t.form != isArray {
		made := out.take(c.rule(t, inner))
		n.written = append(n.written, made)
		if first {
			n.by = made
			return
		}
		n.shares = append(n.shares, share{whole: made})
		if t.form != isObject {
			c.lint(t.pos, "a share of fractional is "+t.form.String()+", not [variant, weight]", "")
		}
		return
	}
	parts := c.nodes(len(t.items))
	for j := range t.items {
		c.item(j)
		parts[j] = out.take(c.rule(&t.items[j], inner))
		c.leave()
	}
	n.written = append(n.written, &arrayNode{items: parts})
	var s share
	switch {
	case len(parts) == 0:
		s.whole = &literal{}
	case len(parts) > 1:
		s.weight = parts[1]
		fallthrough
	default:
		s.variant = parts[0]
	}
	c.checkShare(t)
	n.shares = append(n.shares, s)
}

// checkShare lints [variant, weight].
func (c *compiler) checkShare(t *tree) {
	if n := len(t.items); n == 0 || n > 2 {
		c.lint(t.pos, "a share of fractional has "+itoa(n)+" items, not [variant, weight]", "")
		return
	}
	if len(t.items) == 2 {
		w := &t.items[1]
		if w.form != isObject && (w.form != isNumber || w.num < 0 || w.num != float64(int64(w.num)) || w.num > 1<<31-1) {
			c.lint(w.pos, "a weight is a whole number from 0 to 2147483647, or a rule", "")
		}
	}
}

// check lints the arguments of an operator as flagd's schema does.
func (c *compiler) check(op string, args []node, list []tree) {
	switch op {
	case "starts_with", "ends_with":
		for i := range list {
			if f := list[i].form; f != isText && f != isObject {
				c.lint(list[i].pos, op+" takes texts, not "+f.String(), "")
			}
		}
	case "sem_ver":
		for i := range min(len(list), 3) {
			lit, ok := args[i].(*literal)
			switch {
			case !ok:
			case i == 1 && !slices.Contains([]string{"=", "!=", "<", "<=", ">", ">=", "~", "^"}, lit.v.str):
				c.lint(list[i].pos, "sem_ver has no operator "+quote(lit.v.str), "it is one of = != < <= > >= ~ ^")
			case i != 1 && !c.fold.eval.semver(lit.v).ok:
				c.lint(list[i].pos, "this is no semantic version", "write as in 1.2.3")
			}
		}
	case "var":
		if len(list) > 0 && strings.HasPrefix(list[0].str, "$flagd.") && list[0].form == isText && list[0].str != "$flagd.flagKey" && list[0].str != "$flagd.timestamp" {
			c.lint(list[0].pos, "there is no "+list[0].str, c.nearest(list[0].str, []string{"$flagd.flagKey", "$flagd.timestamp"}))
		}
	}
}

func (c *compiler) operatorNames() []string {
	names := append(keysOf(c.ops), "if", "and", "or", "==", "===", "!=", "!==", "<", "<=", ">", ">=", "var", "fractional", "$ref")
	slices.Sort(names)
	return names
}

// counted says how many arguments there may be.
func counted(least, most int) string {
	switch {
	case most < 0:
		return "at least " + strconv.Itoa(least)
	case least == most:
		return strconv.Itoa(least)
	}
	return strconv.Itoa(least) + " to " + strconv.Itoa(most)
}
