package flag

import (
	"maps"

	"github.com/davit-cd/davit"
)

// Update is what Parse makes of the document of s with the flags of doc in the
// place of those of the same key, without those in gone, and with doc's
// metadata and $context. It compiles the flags of doc alone. o is what s was read with. A set
// with $evaluators, before or after, is refused: any flag may depend on them.
func (s *Set) Update(doc []byte, gone []string, o ParseOptions) (*Set, []Problem, error) {
	if len(doc)+len(s.full) > MaxDocument {
		return nil, nil, &davit.Error{Kind: davit.TooLarge, Text: "the flags are larger than 64 MiB", Hint: "divide them into sets"}
	}
	r := &reader{src: string(doc), o: o}
	changed, c := r.document()
	if r.fatal() != nil {
		return r.refused()
	}
	if s.shared || changed.shared || c.version() != s.hash {
		return nil, nil, &davit.Error{Kind: davit.Invalid, Text: "a set with $evaluators, or that is to hash in another way, is read whole"}
	}
	changed.adopt(s, gone)
	changed.seal(c, len(s.full)+len(doc))
	return changed, r.problems, nil
}

// adopt takes up the flags of old that are neither in s nor in gone.
func (s *Set) adopt(old *Set, gone []string) {
	byKey := maps.Clone(old.byKey)
	for _, key := range gone {
		delete(byKey, key)
	}
	room := make([]Flag, len(old.flags)) // of those that stay, with other metadata
	flags := make([]*Flag, 0, len(old.flags)+len(s.flags))
	fresh := s.flags
	for i, f := range old.flags {
		for len(fresh) > 0 && fresh[0].key < f.key {
			flags, fresh = append(flags, fresh[0]), fresh[1:]
		}
		if s.byKey[f.key] != nil || byKey[f.key] == nil {
			continue // its successor comes, or it is gone
		}
		room[i] = *f
		byKey[f.key] = &room[i]
		flags = append(flags, &room[i])
	}
	flags = append(flags, fresh...)
	maps.Copy(byKey, s.byKey)
	s.flags, s.byKey = flags, byKey
}
