package flag

import (
	"slices"
	"strings"

	"github.com/davit-cd/davit"
)

// MaxDocument is the size of a document that is still read, in bytes.
const MaxDocument = 64 << 20

// Parse reads a flagd flag-definition document and compiles it. The problems
// are all that is worth saying about it, warnings included. The error is the
// first problem for which the document is refused, as a *davit.Error of kind
// Invalid or TooLarge; there is no set then.
func Parse(doc []byte, o ParseOptions) (*Set, []Problem, error) {
	if len(doc) > MaxDocument {
		return nil, nil, &davit.Error{Kind: davit.TooLarge, Text: "the flags are larger than 64 MiB", Hint: "divide them into sets"}
	}
	r := &reader{src: string(doc), o: o}
	set, c := r.document()
	if r.fatal() != nil {
		return r.refused()
	}
	set.seal(c, len(doc))
	return set, r.problems, nil
}

// document reads all of the source; what is left is to seal the set.
func (r *reader) document() (*Set, *compiler) {
	t, p := parseTree(r.src, "flags")
	if p.bad != "" {
		r.refuse(int32(p.pos), p.bad+" was expected", "")
		return nil, nil
	}
	return r.set(&t, p)
}

func (r *reader) refused() (*Set, []Problem, error) {
	p := *r.fatal()
	hint := p.Hint
	p.Hint = ""
	return nil, r.problems, &davit.Error{Kind: davit.Invalid, Text: "read flags: " + p.String(), Hint: hint}
}

// set compiles a document; what is left is to seal the set.
func (r *reader) set(t *tree, p *planter) (*Set, *compiler) {
	if t.form != isObject {
		r.refuse(t.pos, "a document is an object, not "+t.form.String(), `write as in {"flags":{}}`)
		return nil, nil
	}
	r.names(t, []string{"$schema", "flags", "$evaluators", "$context", "metadata"})
	c := newCompiler(r)
	if ev := t.member("$evaluators"); ev != nil {
		r.evaluators(c, ev)
	}
	set := &Set{byKey: map[string]*Flag{}}
	set.metadata = r.metadata(t.member("metadata"), true)
	set.static = r.static(t.member("$context"))
	flags := t.member("flags")
	if flags == nil {
		r.refuse(t.pos, "there are no flags", `write as in {"flags":{}}`)
		return nil, nil
	}
	r.flags(c, set, flags, p)
	for _, name := range keysOf(c.evaluators) { // also those that nobody refers to
		if _, used := c.done[reference{name, false}]; !used {
			made := c.evaluator(name, c.evaluators[name], false)
			c.done[reference{name, false}] = &made
		}
	}
	slices.SortFunc(set.flags, func(a, b *Flag) int { return strings.Compare(a.key, b.key) })
	set.shared = len(c.evaluators) > 0
	return set, c
}

// names notes names that are not known, and those that come twice.
func (r *reader) names(t *tree, known []string) {
	var seen map[string]bool
	if len(t.items) > largeObject {
		seen = make(map[string]bool, len(t.items))
	}
	for i := range t.items {
		n := &t.items[i]
		twice := seen[n.key]
		if seen != nil {
			seen[n.key] = true
		} else {
			twice = slices.ContainsFunc(t.items[:i], func(o tree) bool { return o.key == n.key })
		}
		if twice {
			r.enter(n.key)
			r.lint(n.keyPos, quote(n.key)+" stands here twice", "the last one would count")
			r.leave()
		}
		if known != nil && !slices.Contains(known, n.key) {
			r.enter(n.key)
			r.lint(n.keyPos, "there is no key "+quote(n.key)+" here", r.nearest(n.key, known))
			r.leave()
		}
	}
}

func (r *reader) evaluators(c *compiler, t *tree) {
	r.enter("$evaluators")
	defer r.leave()
	if t.form != isObject {
		r.refuse(t.pos, "$evaluators is "+t.form.String()+", not an object", "")
		return
	}
	r.names(t, nil)
	for i := range t.items {
		c.evaluators[t.items[i].key] = &t.items[i]
	}
}

// flags reads the flags, an object by key or an array of flags with keys.
func (r *reader) flags(c *compiler, set *Set, t *tree, p *planter) {
	r.enter("flags")
	defer r.leave()
	ok := true
	switch t.form {
	case isObject:
		ok = p.each(t, func(_ int, item *tree) {
			r.enter(item.key)
			if set.byKey[item.key] != nil {
				r.lint(item.keyPos, quote(item.key)+" stands here twice", "the last one would count")
			}
			r.add(c, set, item.key, item, item.keyPos)
			r.leave()
		})
	case isArray:
		ok = p.each(t, func(i int, item *tree) {
			r.item(i)
			r.keyed(c, set, item)
			r.leave()
		})
	default:
		r.refuse(t.pos, "flags is "+t.form.String()+", not an object", "")
	}
	if !ok {
		r.way = r.way[:0]
		r.enter("flags")
		r.refuse(int32(p.pos), p.bad+" was expected", "")
	}
}

// keyed reads a flag that says its key itself.
func (r *reader) keyed(c *compiler, set *Set, item *tree) {
	key := item.member("key")
	switch {
	case key == nil || key.form != isText:
		r.fail(item.pos, "the flag has no key", `write as in "key": "new-checkout"`)
	default:
		if set.byKey[key.str] != nil {
			r.lint(key.pos, "there is another flag "+quote(key.str), "the last one would count")
		}
		r.add(c, set, key.str, item, key.pos)
	}
}

func (r *reader) add(c *compiler, set *Set, key string, t *tree, pos int32) {
	if key == "" {
		r.fail(pos, "a flag's key is empty", "give it a name")
		return
	}
	f := c.flag(key, t)
	if old := set.byKey[key]; old != nil {
		set.flags = slices.DeleteFunc(set.flags, func(f *Flag) bool { return f == old })
	}
	set.byKey[key] = f
	set.flags = append(set.flags, f)
}

// metadata reads facts.
func (r *reader) metadata(t *tree, ofSet bool) Metadata {
	if t == nil || t.form == isNull && r.o.Lenient {
		return Metadata{}
	}
	r.enter("metadata")
	defer r.leave()
	if t.form != isObject {
		r.fail(t.pos, "metadata is "+t.form.String()+", not an object", "")
		return Metadata{}
	}
	r.names(t, nil)
	facts := make(map[string]any, len(t.items))
	for i := range t.items {
		item := &t.items[i]
		name := item.key
		switch item.form {
		case isBool, isNumber, isText:
			if ofSet && (name == "flagSetId" || name == "version") && item.form != isText {
				r.lint(item.pos, name+" is "+item.form.String()+", not a text", "")
			}
			facts[name] = item.val().any()
		default:
			r.lint(item.pos, "a fact is "+item.form.String()+", not a boolean, number or text", "")
		}
	}
	return newMetadata(facts)
}

func newMetadata(facts map[string]any) Metadata {
	var m Metadata
	if len(facts) == 0 {
		return m
	}
	for _, name := range keysOf(facts) {
		m.add(name, facts[name])
	}
	m.json = append(m.json, '}')
	return m
}
