package mask

import "io"

// Writer hides values in what is written through it.
type Writer struct {
	to     io.Writer
	stream *Stream
}

// NewWriter returns a writer that passes on to w what m does not hide. Flush it
// at the end.
func NewWriter(w io.Writer, m *Mask) *Writer { return &Writer{to: w, stream: m.Stream()} }

// Write passes b on, masked. It answers len(b) also when a part is held back.
func (w *Writer) Write(b []byte) (int, error) {
	if err := w.pass(w.stream.Push(b)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Flush passes on what was held back.
func (w *Writer) Flush() error { return w.pass(w.stream.Flush()) }

func (w *Writer) pass(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	_, err := w.to.Write(b)
	return err
}
