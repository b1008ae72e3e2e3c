package telemetry

import (
	"encoding/binary"
	"errors"

	"github.com/davit-cd/davit"
)

// The fields of an encoded sample, by bit of its first number; fields that are
// 0 are left out. New fields get new bits at the end: an older reader skips
// what it does not know, because an encoded sample knows its length.
const (
	fieldRequests = 1 << iota // left out if it is the sum of the classes
	fieldErrors
	fieldStatus0
	fieldStatus1
	fieldStatus2
	fieldStatus3
	fieldStatus4
	fieldStatus5
	fieldBytes
	fieldHist
	fieldRefused
	fieldRetries
)

// numbers lists the plain fields in the order of their bits.
func numbers(s *davit.Sample) [12]*uint64 {
	return [12]*uint64{
		&s.Requests, &s.Errors, &s.Status[0], &s.Status[1], &s.Status[2], &s.Status[3], &s.Status[4], &s.Status[5],
		&s.Bytes, nil, &s.Refused, &s.Retries,
	}
}

// appendSample appends the measurements of s, without its key and second.
func appendSample(b []byte, s *davit.Sample) []byte {
	var fields uint64
	all := numbers(s)
	for i, n := range all {
		if n != nil && *n != 0 {
			fields |= 1 << i
		}
	}
	if s.Requests == classes(s) {
		fields &^= fieldRequests
	} else {
		fields |= fieldRequests
	}
	if len(s.Hist) > 0 {
		fields |= fieldHist
	}
	b = binary.AppendUvarint(b, fields)
	for i, n := range all {
		switch {
		case fields&(1<<i) == 0:
		case n != nil:
			b = binary.AppendUvarint(b, *n)
		default:
			b = appendHist(b, s.Hist)
		}
	}
	return b
}

func classes(s *davit.Sample) (n uint64) {
	for _, c := range s.Status {
		n += c
	}
	return n
}

// appendHist writes the distance from bucket to bucket, which is small.
func appendHist(b []byte, h davit.Hist) []byte {
	b = binary.AppendUvarint(b, uint64(len(h)))
	last := 0
	for _, bucket := range h {
		b = binary.AppendUvarint(b, uint64(int(bucket.Index)-last))
		b = binary.AppendUvarint(b, bucket.Count)
		last = int(bucket.Index)
	}
	return b
}

// readSample reads what appendSample wrote.
func readSample(b []byte, s *davit.Sample) error {
	r := reader{rest: b}
	fields := r.number()
	for i, n := range numbers(s) {
		switch {
		case fields&(1<<i) == 0:
		case n != nil:
			*n = r.number()
		default:
			s.Hist = readHist(&r)
		}
	}
	if fields&fieldRequests == 0 {
		s.Requests = classes(s)
	}
	return r.err
}

func readHist(r *reader) davit.Hist {
	n := r.number()
	if n > 128 {
		r.err = errTorn
		return nil
	}
	h := make(davit.Hist, 0, n)
	index := uint64(0)
	for range n {
		index += r.number()
		h = append(h, davit.Bucket{Index: uint8(index & 127), Count: r.number()})
	}
	return h
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// errTorn says that bytes are not what was written.
var errTorn = errors.New("torn or damaged telemetry")

// reader reads numbers and texts; after the first fault it reads zeros.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.rest, r.err = nil, errTorn
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *reader) bytes() []byte {
	n := r.number()
	if n > uint64(len(r.rest)) {
		r.rest, r.err = nil, errTorn
		return nil
	}
	out := r.rest[:n:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reader) text() string { return string(r.bytes()) }
