package flag

import "strings"

// attribute reads one top-level attribute, or the item itself if key is empty.
type attribute struct{ key string }

func (n *attribute) eval(e *eval) val {
	if e.data.form == isObject {
		v, _ := e.data.list.member(n.key)
		return v
	}
	return e.data.child(n.key)
}

func (n *attribute) name() string { return "var" }
func (n *attribute) args() []node { return []node{&literal{v: text(n.key)}} }

// path reads along dotted names, with something else where nothing is found.
type path struct {
	written string
	parts   []string // none: the data themselves
	orElse  node     // nil: null
}

func (n *path) eval(e *eval) val {
	v := e.data
	for _, part := range n.parts {
		v = v.child(part)
	}
	if v.form == isNull && n.orElse != nil {
		return n.orElse.eval(e)
	}
	return v
}

func (n *path) name() string { return "var" }

func (n *path) args() []node {
	list := []node{&literal{v: text(n.written)}}
	if n.orElse != nil {
		list = append(list, n.orElse)
	}
	return list
}

// clock reads $flagd.timestamp.
type clock struct{}

func (*clock) eval(e *eval) val { return number(float64(e.now)) }
func (*clock) name() string     { return "var" }
func (*clock) args() []node     { return []node{&literal{v: text("$flagd.timestamp")}} }

// keyName reads $flagd.flagKey.
type keyName struct{}

func (*keyName) eval(e *eval) val {
	if e.flag == nil {
		return text("")
	}
	return text(e.flag.key)
}
func (*keyName) name() string { return "var" }
func (*keyName) args() []node { return []node{&literal{v: text("$flagd.flagKey")}} }

// variable compiles var with a name that is known; inner is whether it stands
// in the body of a loop, where $flagd is not to be seen.
func variable(written string, orElse node, inner bool) node {
	if orElse == nil && written != "" && !strings.ContainsAny(written, ".$") {
		return &attribute{key: written}
	}
	var parts []string
	for part := range strings.SplitSeq(written, ".") {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if !inner && len(parts) > 0 && parts[0] == "$flagd" {
		switch {
		case len(parts) == 2 && parts[1] == "timestamp":
			return &clock{}
		case len(parts) == 2 && parts[1] == "flagKey":
			return &keyName{}
		}
	}
	if len(parts) == 1 && orElse == nil {
		return &attribute{key: parts[0]}
	}
	return &path{written: written, parts: parts, orElse: orElse}
}

// find reads along written in the data of e.
func (e *eval) find(written string) val {
	v := e.data
	if !e.inner {
		switch written {
		case "$flagd.timestamp":
			return number(float64(e.now))
		case "$flagd.flagKey":
			return text(e.flagKey())
		}
	}
	for part := range strings.SplitSeq(written, ".") {
		if part != "" {
			v = v.child(part)
		}
	}
	return v
}

// computedVar is var with a name that is computed.
func computedVar(e *eval, args []node) val {
	name := arg(e, args, 0)
	var found val
	switch name.form {
	case isNull:
		found = e.data
	case isArray, isObject:
		return val{}
	default:
		found = e.find(e.text(name))
	}
	if found.form == isNull {
		return arg(e, args, 1)
	}
	return found
}
