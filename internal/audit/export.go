package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// mostLine is the longest line of an export that is read, in bytes.
const mostLine = 16 << 20

// VerifyExport checks an exported journal: one line of JSON for each event.
// The last line must end with a newline, as every line does. An error means
// that it could not be read to its end, not that it is not whole.
func VerifyExport(r io.Reader, v *Verifier) (Report, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := readLine(in)
		if errors.Is(err, io.EOF) {
			if len(line) > 0 {
				v.Line(append(line, '\n')) // no newline: never canonical
			}
			return v.Finish(), nil
		}
		if err != nil {
			return v.Finish(), fmt.Errorf("read export: %w", err)
		}
		v.Line(line)
	}
}

// readLine returns the next line without its newline.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > mostLine {
			return nil, fmt.Errorf("a line is longer than %d bytes", mostLine)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return line, err
		}
		return bytes.TrimSuffix(line, []byte{'\n'}), nil
	}
}
