package flag

import (
	"crypto/sha256"
	"encoding/hex"
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
	t, s := parseTree(r.src)
	if s.bad != "" {
		r.refuse(s.pos, "", s.bad+" was expected", "")
		return r.refused()
	}
	set := r.set(&t)
	if r.fatal() != nil {
		return r.refused()
	}
	return set, r.problems, nil
}

func (r *reader) refused() (*Set, []Problem, error) {
	p := *r.fatal()
	hint := p.Hint
	p.Hint = ""
	return nil, r.problems, &davit.Error{Kind: davit.Invalid, Text: "read flags: " + p.String(), Hint: hint}
}

// set compiles a document.
func (r *reader) set(t *tree) *Set {
	if t.form != isObject {
		r.refuse(t.pos, "", "a document is an object, not "+t.form.String(), `write as in {"flags":{}}`)
		return nil
	}
	r.names(t, "", []string{"$schema", "flags", "$evaluators", "metadata"})
	c := newCompiler(r)
	if ev := t.member("$evaluators"); ev != nil {
		r.evaluators(c, ev)
	}
	set := &Set{byKey: map[string]*Flag{}}
	set.revision = revision(t, r.version())
	set.metadata = r.metadata(t.member("metadata"), "metadata", true)
	if r.o.ID != "" {
		set.metadata = set.metadata.under(newMetadata(map[string]any{"flagSetId": r.o.ID, "version": set.revision}))
	}
	flags := t.member("flags")
	if flags == nil {
		r.refuse(t.pos, "", "there are no flags", `write as in {"flags":{}}`)
		return nil
	}
	r.flags(c, set, flags)
	for _, name := range keysOf(c.evaluators) { // also those that nobody refers to
		if _, used := c.done[reference{name, false}]; !used {
			made := c.rule(c.evaluators[name], "$evaluators."+name, false)
			c.done[reference{name, false}] = &made
		}
	}
	slices.SortFunc(set.flags, func(a, b *Flag) int { return strings.Compare(a.key, b.key) })
	if r.fatal() != nil {
		return nil
	}
	set.json = set.document(c)
	return set
}

// revision is a hash of all that a document says, whatever the order of its
// names and its white space, and of how it is evaluated.
func revision(t *tree, version int) string {
	b := appendTree(nil, t)
	sum := sha256.Sum256(append(b, byte(version)))
	return hex.EncodeToString(sum[:10])
}

// names notes names that are not known, and those that come twice.
func (r *reader) names(t *tree, at string, known []string) {
	seen := make(map[string]bool, len(t.names))
	for i := range t.names {
		n := t.names[i]
		path := strings.TrimPrefix(at+"."+n.text, ".")
		if seen[n.text] {
			r.lint(n.pos, path, quote(n.text)+" stands here twice", "the last one would count")
		}
		seen[n.text] = true
		if known != nil && !slices.Contains(known, n.text) {
			r.lint(n.pos, path, "there is no key "+quote(n.text)+" here", r.nearest(n.text, known))
		}
	}
}

func (r *reader) evaluators(c *compiler, t *tree) {
	if t.form != isObject {
		r.refuse(t.pos, "$evaluators", "$evaluators is "+t.form.String()+", not an object", "")
		return
	}
	r.names(t, "$evaluators", nil)
	for i := range t.items {
		c.evaluators[t.names[i].text] = &t.items[i]
	}
}

// flags reads the flags, an object by key or an array of flags with keys.
func (r *reader) flags(c *compiler, set *Set, t *tree) {
	switch t.form {
	case isObject:
		r.names(t, "flags", nil)
		for i := range t.items {
			r.add(c, set, t.names[i].text, &t.items[i], "flags."+t.names[i].text, t.names[i].pos)
		}
	case isArray:
		for i := range t.items {
			item := &t.items[i]
			at := "flags[" + itoa(i) + "]"
			key := item.member("key")
			if key == nil || key.form != isText {
				r.fail(item.pos, at, "the flag has no key", `write as in "key": "new-checkout"`)
				continue
			}
			if set.byKey[key.str] != nil {
				r.lint(key.pos, at, "there is another flag "+quote(key.str), "the last one would count")
			}
			r.add(c, set, key.str, item, at, key.pos)
		}
	default:
		r.refuse(t.pos, "flags", "flags is "+t.form.String()+", not an object", "")
	}
}

func (r *reader) add(c *compiler, set *Set, key string, t *tree, at string, pos int) {
	if key == "" {
		r.fail(pos, at, "a flag's key is empty", "give it a name")
		return
	}
	f := c.flag(key, t, at)
	f.metadata = f.own.under(set.metadata)
	if old := set.byKey[key]; old != nil {
		set.flags = slices.DeleteFunc(set.flags, func(f *Flag) bool { return f == old })
	}
	set.byKey[key] = f
	set.flags = append(set.flags, f)
}

// metadata reads facts.
func (r *reader) metadata(t *tree, at string, ofSet bool) Metadata {
	if t == nil || t.form == isNull && r.o.Lenient {
		return Metadata{}
	}
	if t.form != isObject {
		r.fail(t.pos, at, "metadata is "+t.form.String()+", not an object", "")
		return Metadata{}
	}
	r.names(t, at, nil)
	facts := map[string]any{}
	for i := range t.items {
		name, item := t.names[i].text, &t.items[i]
		switch item.form {
		case isBool, isNumber, isText:
			if ofSet && (name == "flagSetId" || name == "version") && item.form != isText {
				r.lint(item.pos, at+"."+name, name+" is "+item.form.String()+", not a text", "")
			}
			facts[name] = item.val().any()
		default:
			r.lint(item.pos, at+"."+name, "a fact is "+item.form.String()+", not a boolean, number or text", "")
		}
	}
	return newMetadata(facts)
}

func newMetadata(facts map[string]any) Metadata {
	m := Metadata{names: keysOf(facts)}
	if len(facts) == 0 {
		return Metadata{}
	}
	m.json = append(m.json, '{')
	for i, name := range m.names {
		if i > 0 {
			m.json = append(m.json, ',')
		}
		m.values = append(m.values, facts[name])
		m.json = append(appendQuoted(m.json, name), ':')
		switch v := facts[name].(type) {
		case bool:
			m.json = appendJSON(m.json, boolean(v))
		case float64:
			m.json = appendJSON(m.json, number(v))
		case string:
			m.json = appendJSON(m.json, text(v))
		}
	}
	m.json = append(m.json, '}')
	return m
}
