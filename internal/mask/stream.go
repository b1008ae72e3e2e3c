package mask

// Stream hides values in text that comes in pieces, also where a value is split
// over several. It holds back only bytes that may be the beginning of a value,
// so lines of a log appear at once.
type Stream struct {
	mask    *Mask
	held    []byte // not yet decided
	covered int    // how many of the bytes that come next belong to a value
	hiding  bool   // the byte before was hidden
}

// Push takes the next piece and returns what may be shown of the text so far.
// The answer is a new slice.
func (s *Stream) Push(b []byte) []byte { return s.advance(b, false) }

// Flush returns the rest at the end of the text.
func (s *Stream) Flush() []byte { return s.advance(nil, true) }

func (s *Stream) advance(b []byte, last bool) []byte {
	if s.mask == nil || !s.mask.any {
		return append([]byte(nil), b...)
	}
	text := append(s.held, b...)
	out := make([]byte, 0, len(text)+len(Stars))
	i := 0
	for ; i < len(text); i++ {
		n, open := s.mask.match(text[i:])
		if open && !last {
			break
		}
		if n > 0 && !s.hiding {
			out = append(out, Stars...)
		}
		s.covered = max(s.covered, n)
		s.hiding = s.covered > 0
		if s.hiding {
			s.covered--
			continue
		}
		out = append(out, text[i])
	}
	s.held = append([]byte(nil), text[i:]...)
	return out
}
