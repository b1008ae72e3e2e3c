package flag

import "iter"

// Set is a flag set, read and compiled: the flags of one project in one
// environment. It is never changed; many goroutines may use it.
type Set struct {
	flags    []*Flag // by key
	byKey    map[string]*Flag
	metadata Metadata
	static   *static // nil: nothing
	revision string
	json     []byte // for flagd's clients
	full     []byte // for our own
	hash     int
	shared   bool // there are $evaluators
}

// Revision is a hash of all that was compiled, whatever its white space: two
// sets that could answer differently have different ones.
func (s *Set) Revision() string { return s.revision }

// Flag returns the flag of that key, nil if there is none.
func (s *Set) Flag(key string) *Flag { return s.byKey[key] }

// Len is the number of flags.
func (s *Set) Len() int { return len(s.flags) }

// Flags runs over the flags, sorted by key.
func (s *Set) Flags() iter.Seq2[string, *Flag] {
	return func(yield func(string, *Flag) bool) {
		for _, f := range s.flags {
			if !yield(f.key, f) {
				return
			}
		}
	}
}

// Metadata are the set's own facts.
func (s *Set) Metadata() Metadata { return s.metadata }

// Static are the attributes that every evaluation has in its context, whatever
// the one who asks says. They are not in JSON: flagd's clients get them apart.
func (s *Set) Static() Metadata {
	if s.static == nil {
		return Metadata{}
	}
	return s.static.Metadata
}

// JSON is the set as a flagd document that every flagd client understands. A
// flag that only this program can evaluate is there as a disabled one, so
// that clients use their own default. The caller must not change it.
func (s *Set) JSON() []byte { return s.json }

// Full is the whole set as a document, also what only this program can
// evaluate, with the static attributes as $context. The caller must not change it.
func (s *Set) Full() []byte { return s.full }

// Hash is the version of flagd's specification by which fractional hashes, 2 or 3.
func (s *Set) Hash() int { return s.hash }

// Evaluate evaluates the flag of that key; see Flag.Evaluate.
func (s *Set) Evaluate(key string, c *Context, now int64) Result {
	f := s.byKey[key]
	if f == nil {
		return NotFound(key)
	}
	return f.Evaluate(c, now)
}
