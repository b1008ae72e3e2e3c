package flag

// each runs the second argument with every item of the first one as its data,
// until do says no; not at all if the first one is no array.
func each(e *eval, args []node, do func(item, got val) bool) {
	items := arg(e, args, 0)
	if items.form != isArray || len(args) < 2 {
		return
	}
	data, inner := e.data, e.inner
	for _, item := range items.list.vals {
		if !e.spend(1) {
			break
		}
		e.data, e.inner = item, true
		if !do(item, args[1].eval(e)) {
			break
		}
	}
	e.data, e.inner = data, inner
}

func mapped(e *eval, args []node) val {
	out := e.c.take()
	each(e, args, func(_, got val) bool {
		out.vals = append(out.vals, got)
		return true
	})
	return val{form: isArray, list: out}
}

func filtered(e *eval, args []node) val {
	out := e.c.take()
	each(e, args, func(item, got val) bool {
		if got.truthy() {
			out.vals = append(out.vals, item)
		}
		return true
	})
	return val{form: isArray, list: out}
}

func all(e *eval, args []node) val {
	n, ok := 0, true
	each(e, args, func(_, got val) bool {
		n++
		ok = got.truthy()
		return ok
	})
	return boolean(ok && n > 0)
}

func some(e *eval, args []node) val {
	found := false
	each(e, args, func(_, got val) bool {
		found = got.truthy()
		return !found
	})
	return boolean(found)
}

func none(e *eval, args []node) val { return boolean(some(e, args).num == 0) }

// reduce gives its body an object of current and accumulator.
func reduce(e *eval, args []node) val {
	items, acc := arg(e, args, 0), arg(e, args, 2)
	if items.form != isArray || len(args) < 2 {
		return acc
	}
	data, inner := e.data, e.inner
	frame := e.c.take()
	frame.keys = append(frame.keys, "current", "accumulator")
	for _, item := range items.list.vals {
		if !e.spend(1) {
			break
		}
		if acc.form >= isArray { // it may hold the frame
			frame = e.c.take()
			frame.keys = append(frame.keys, "current", "accumulator")
		}
		frame.vals = append(frame.vals[:0], item, acc)
		e.data, e.inner = val{form: isObject, list: frame}, true
		acc = args[1].eval(e)
	}
	e.data, e.inner = data, inner
	return acc
}

func merge(e *eval, args []node) val {
	out := e.c.take()
	for _, a := range args {
		v := a.eval(e)
		if v.form != isArray {
			out.vals = append(out.vals, v)
			continue
		}
		if !e.spend(len(v.list.vals)) {
			break
		}
		out.vals = append(out.vals, v.list.vals...)
	}
	return val{form: isArray, list: out}
}

// missing gives the names among its arguments, or in the array that is its
// first one, under which nothing, null or an empty text is found.
func missing(e *eval, args []node) val {
	out := e.c.take()
	first := arg(e, args, 0)
	if first.form == isArray {
		for _, name := range first.list.vals {
			e.note(out, name)
		}
		return val{form: isArray, list: out}
	}
	for i := range args {
		if i > 0 {
			first = args[i].eval(e)
		}
		e.note(out, first)
	}
	return val{form: isArray, list: out}
}

// note appends name to out if nothing is found under it.
func (e *eval) note(out *list, name val) {
	v := e.find(e.text(name))
	if v.form == isNull || v.form == isText && v.str == "" {
		out.vals = append(out.vals, name)
	}
}

// missingSome gives what is missing of the names in its second argument,
// unless at least as many as the first says are there.
func missingSome(e *eval, args []node) val {
	need, names := toNumber(arg(e, args, 0)), arg(e, args, 1)
	out := e.c.take()
	if names.form == isArray {
		for _, name := range names.list.vals {
			e.note(out, name)
		}
		if float64(len(names.list.vals)-len(out.vals)) >= need {
			out.vals = out.vals[:0]
		}
	}
	return val{form: isArray, list: out}
}
