package flagd

import (
	"bytes"
	"encoding/json"
	"hash/fnv"

	"github.com/davit-cd/davit/internal/flag"
)

// picture is what each flag of a set says, as a hash, by key.
type picture map[string]uint64

func pictureOf(set *flag.Set) picture {
	p := make(picture, set.Len())
	for key, f := range set.Flags() {
		p[key] = look(set, f)
	}
	return p
}

// look is a hash of what a flag says. What it only has from its set is not
// looked at, but for shared rules: a flag that uses one may have changed with
// any change of the set.
func look(set *flag.Set, f *flag.Flag) uint64 {
	h := fnv.New64a()
	part := func(b []byte) { _, _ = h.Write(append(b, 0)) }
	if f.Enabled() {
		part([]byte("on"))
	}
	if v, ok := f.Default(); ok {
		part([]byte(v.Name))
	}
	for _, v := range f.Variants() {
		part([]byte(v.Name))
		part(bytes.Clone(v.Value.JSON()))
	}
	part(bytes.Clone(f.Targeting()))
	if bytes.Contains(f.Targeting(), []byte(`"$ref"`)) {
		part([]byte(set.Revision()))
	}
	for name, v := range f.Metadata().All() {
		if of, ok := set.Metadata().Get(name); ok && of == v {
			continue
		}
		b, _ := json.Marshal([]any{name, v}) // bool, string or number
		part(b)
	}
	return h.Sum64()
}

// since says of each flag that is not as in before what happened to it, in
// flagd's words.
func (p picture) since(before picture, source string) map[string]any {
	changes := map[string]any{}
	note := func(key, what string) {
		changes[key] = map[string]any{"type": what, "source": source, "flagKey": key}
	}
	for key, is := range p {
		was, there := before[key]
		switch {
		case !there:
			note(key, "write")
		case was != is:
			note(key, "update")
		}
	}
	for key := range before {
		if _, there := p[key]; !there {
			note(key, "delete")
		}
	}
	return changes
}
