package judge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"

	"github.com/davit-cd/davit"
)

// Bounds of the stream format.
const (
	mostLine    = 1 << 20 // bytes of a line
	mostPending = mostCounts
)

// Stream speaks the NDJSON format of `davit judge`: a line per second, version
// and instance, then a tick, upon which the answer comes out. It does no I/O.
type Stream struct {
	judge   *Judge
	line    int
	pending []Count
	second  int64
	last    int64
	ticked  bool
	answer  []byte // the final one, once there is one
	ended   bool
}

// NewStream returns a stream judged under the given settings.
func NewStream(s Settings) *Stream { return &Stream{judge: New(s)} }

// entry is a line as it comes in; unknown fields are ignored.
type entry struct {
	Type     string          `json:"type"`
	T        *float64        `json:"t"`
	Share    *float64        `json:"share"`
	Version  string          `json:"version"`
	Instance string          `json:"instance"`
	Requests *uint64         `json:"requests"`
	Errors   uint64          `json:"errors"`
	Hist     [][]json.Number `json:"hist"`
	Kinds    [][2]uint64     `json:"kinds"`
}

// reply is a line as it goes out.
type reply struct {
	T       int64  `json:"t"`
	Verdict string `json:"verdict"`
	Why     string `json:"why"`
}

// Line takes in one line, without or with its line break, and returns the
// answer, ending in a line break, if the line was a tick. An error names the
// line's number; the stream is of no more use then.
func (s *Stream) Line(line []byte) ([]byte, error) {
	s.line++
	out, err := s.take(line)
	if err != nil {
		return nil, &davit.Error{
			Kind: davit.Invalid, Text: fmt.Sprintf("line %d", s.line), Err: err,
			Hint: "see docs/judge.md for the format",
		}
	}
	return out, nil
}

// Decided reports whether the verdict is final.
func (s *Stream) Decided() bool { return s.answer != nil }

// End returns the last answer: an undecided judge is inconclusive. It returns
// nothing if the verdict is out already.
func (s *Stream) End() []byte {
	if s.answer != nil || s.ended {
		return nil
	}
	s.ended = true
	return encode(reply{s.last, "inconclusive", "the input ended before there was enough evidence for a verdict"})
}

func (s *Stream) take(line []byte) ([]byte, error) {
	if len(line) > mostLine {
		return nil, fmt.Errorf("%d bytes: want at most %d", len(line), mostLine)
	}
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return nil, nil
	}
	var e entry
	if err := json.Unmarshal(line, &e); err != nil {
		return nil, fmt.Errorf("read JSON object: %w", err)
	}
	switch e.Type {
	case "meta":
		return nil, s.meta(&e)
	case "tick":
		return s.tick(&e)
	case "", "sample":
		return nil, s.sample(&e)
	}
	return nil, fmt.Errorf("type %.40q: want meta, tick or none", e.Type)
}

func (s *Stream) meta(e *entry) error {
	if e.Share == nil {
		return nil
	}
	if !(*e.Share >= 0 && *e.Share <= 1) {
		return fmt.Errorf("share %v: want a number from 0 to 1", *e.Share)
	}
	s.judge.Expect(*e.Share)
	return nil
}

func (e *entry) second() (int64, error) {
	if e.T == nil {
		return 0, fmt.Errorf("no t: want the second")
	}
	if *e.T != math.Trunc(*e.T) || math.Abs(*e.T) > 1e15 {
		return 0, fmt.Errorf("t %v: want a whole number of seconds", *e.T)
	}
	return int64(*e.T), nil
}

func (s *Stream) sample(e *entry) error {
	t, err := e.second()
	if err != nil {
		return err
	}
	if s.ticked && t <= s.last {
		return fmt.Errorf("second %d after the tick of second %d", t, s.last)
	}
	if len(s.pending) > 0 && t != s.second {
		return fmt.Errorf("second %d before the tick of second %d", t, s.second)
	}
	if len(s.pending) >= mostPending {
		return fmt.Errorf("more than %d lines in second %d", mostPending, t)
	}
	c := Count{Instance: e.Instance, Errors: e.Errors, Kinds: e.Kinds}
	switch e.Version {
	case "canary":
		c.Version = Canary
	case "baseline":
		c.Version = Baseline
	default:
		return fmt.Errorf("version %.40q: want canary or baseline", e.Version)
	}
	if e.Requests == nil {
		return fmt.Errorf("no requests: want how many there were")
	}
	c.Requests = *e.Requests
	if c.Hist, err = histogram(e.Hist); err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	s.second = t
	if s.judge.verdict.Final || s.answer != nil {
		return nil
	}
	s.pending = append(s.pending, c)
	return nil
}

func histogram(pairs [][]json.Number) (davit.Hist, error) {
	if len(pairs) > 4*buckets {
		return nil, fmt.Errorf("%d histogram buckets: want at most %d", len(pairs), buckets)
	}
	hist := make(davit.Hist, 0, len(pairs))
	for _, p := range pairs {
		if len(p) != 2 {
			return nil, fmt.Errorf("histogram entry of %d numbers: want [bucket, count]", len(p))
		}
		index, err := p[0].Int64()
		if err != nil || index < 0 || index >= buckets {
			return nil, fmt.Errorf("histogram bucket %.40s: want 0 to %d", p[0], buckets-1)
		}
		count, err := p[1].Int64()
		if err != nil || count < 0 {
			return nil, fmt.Errorf("histogram count %.40s: want a whole number, not below 0", p[1])
		}
		hist = append(hist, davit.Bucket{Index: uint8(index), Count: uint64(count)})
	}
	return hist, nil
}

func (s *Stream) tick(e *entry) ([]byte, error) {
	t, err := e.second()
	if err != nil {
		return nil, err
	}
	if s.ticked && t <= s.last {
		return nil, fmt.Errorf("tick of second %d after that of second %d", t, s.last)
	}
	if len(s.pending) > 0 && t != s.second {
		return nil, fmt.Errorf("tick of second %d after counts of second %d", t, s.second)
	}
	s.last, s.ticked = t, true
	if s.answer != nil {
		return s.answer, nil
	}
	r := s.judge.Second(t, s.pending)
	s.pending = s.pending[:0]
	if r.Err != nil {
		return nil, r.Err
	}
	verdict := "running"
	switch {
	case t < 0:
	case r.Verdict == davit.Fail:
		verdict = "rollback"
	case r.Verdict == davit.Pass:
		verdict = "promote"
	}
	out := encode(reply{t, verdict, r.Why})
	if verdict != "running" {
		s.answer = out
	}
	return out, nil
}

func encode(r reply) []byte {
	out, err := json.Marshal(r)
	if err != nil { // numbers and strings: cannot happen
		return nil
	}
	return append(out, '\n')
}
