package flag

import (
	"crypto/sha256"
	"encoding/hex"
)

// seal derives the revision from what was compiled, finishes the metadata and
// writes the document for clients, which will have about that size.
func (s *Set) seal(c *compiler, size int) {
	b := s.body(c, size, false)
	h := sha256.New()
	h.Write(b)
	h.Write(s.metadata.JSON())
	if s.static != nil {
		h.Write(s.static.JSON())
	}
	h.Write([]byte{byte(c.version())})
	foreign := false
	for _, f := range s.flags {
		foreign = foreign || f.foreign
		if f.broken != "" {
			h.Write([]byte(f.key + "\x00" + f.broken + "\x00"))
		}
	}
	s.revision = hex.EncodeToString(h.Sum(nil)[:10])
	if c.o.ID != "" {
		s.metadata = s.metadata.under(newMetadata(map[string]any{"flagSetId": c.o.ID, "version": s.revision}))
	}
	for _, f := range s.flags {
		f.metadata, f.static = f.own.under(s.metadata), s.static
	}
	s.hash = c.version()
	s.full = s.closed(b, true)
	s.json = s.full
	if foreign || s.static != nil {
		s.json = s.closed(s.body(c, size, true), false)
	}
}

// closed adds the end of a document: the static attributes, if they are wanted,
// and the metadata.
func (s *Set) closed(b []byte, static bool) []byte {
	if static && s.static != nil {
		b = append(append(b, `,"$context":`...), s.static.JSON()...)
	}
	if s.metadata.Len() > 0 {
		b = append(append(b, `,"metadata":`...), s.metadata.JSON()...)
	}
	return append(b, '}')
}

// body writes flags and evaluators; portable leaves out what flagd clients
// cannot evaluate. Evaluators of flagd must not refer to each other, so what
// one of them refers to is put in its place.
func (s *Set) body(c *compiler, size int, portable bool) []byte {
	b := make([]byte, 0, size+1)
	b = append(b, `{"flags":{`...)
	for i, f := range s.flags {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendQuoted(b, f.key), ':')
		b = f.append(b, portable)
	}
	b = append(b, '}')
	n := 0
	for _, name := range keysOf(c.evaluators) {
		made := c.done[reference{name, false}]
		if made == nil || made.foreign && portable || made.broken != "" {
			continue
		}
		if n++; n == 1 {
			b = append(b, `,"$evaluators":{`...)
		} else {
			b = append(b, ',')
		}
		b = append(appendQuoted(b, name), ':')
		b = appendInlined(b, c.evaluators[name], c.evaluators)
	}
	if n > 0 {
		b = append(b, '}')
	}
	return b
}

// append writes the flag; portable writes one that flagd clients cannot
// evaluate as a disabled one.
func (f *Flag) append(b []byte, portable bool) []byte {
	stub := portable && f.foreign
	if f.enabled && !stub {
		b = append(b, `{"state":"ENABLED","variants":{`...)
	} else {
		b = append(b, `{"state":"DISABLED","variants":{`...)
	}
	for i, v := range f.variants {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendQuoted(b, v.Name), ':')
		b = append(b, v.Value.json...)
	}
	b = append(b, '}')
	if f.fallback >= 0 {
		b = appendQuoted(append(b, `,"defaultVariant":`...), f.variants[f.fallback].Name)
	}
	if f.raw != nil && !stub {
		b = append(append(b, `,"targeting":`...), f.raw...)
	}
	if f.own.Len() > 0 {
		b = append(append(b, `,"metadata":`...), f.own.JSON()...)
	}
	return append(b, '}')
}
