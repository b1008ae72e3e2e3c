package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/davit-cd/davit"
)

// timeLayout has all nine digits, so that one instant has one spelling.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

// Line returns e as one line of an exported journal, without the newline.
func Line(e davit.Event) []byte {
	b := appendBody(make([]byte, 0, 512), e.Prev, e)
	b = b[:len(b)-1] // reopen the object
	b = appendMember(b, "hash", e.Hash)
	return append(b, '}')
}

// appendBody appends the canonical JSON of e without its hash.
func appendBody(b []byte, prev string, e davit.Event) []byte {
	b = append(b, `{"seq":`...)
	b = strconv.AppendInt(b, e.Seq, 10)
	b = appendMember(b, "at", e.At.UTC().Format(timeLayout))
	b = appendMember(b, "kind", e.Kind)
	b = appendMember(b, "actor", e.Actor)
	b = appendMember(b, "service", e.Service)
	b = appendMember(b, "environment", e.Environment)
	b = appendMember(b, "run", e.Run)
	b = appendMember(b, "release", e.Release)
	b = appendMember(b, "rollout", e.Rollout)
	b = appendMember(b, "commit", e.Commit)
	b = appendMember(b, "digest", string(e.Digest))
	b = appendMember(b, "text", e.Text)
	if len(e.Data) > 0 {
		b = append(b, `,"data":{`...)
		for i, k := range slices.Sorted(maps.Keys(e.Data)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, k)
			b = append(b, ':')
			b = appendString(b, e.Data[k])
		}
		b = append(b, '}')
	}
	b = appendMember(b, "prev", prev)
	return append(b, '}')
}

// appendMember appends a member that is not the first; empty ones are left out.
func appendMember(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	return appendString(b, value)
}

// appendString appends s as a JSON string with as few escapes as JSON allows,
// so that the text does not depend on the version of a JSON library.
func appendString(b []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// jsonEvent is an exported line as encoding/json reads it.
type jsonEvent struct {
	Seq         int64             `json:"seq"`
	At          time.Time         `json:"at"`
	Kind        string            `json:"kind"`
	Actor       string            `json:"actor"`
	Service     string            `json:"service"`
	Environment string            `json:"environment"`
	Run         string            `json:"run"`
	Release     string            `json:"release"`
	Rollout     string            `json:"rollout"`
	Commit      string            `json:"commit"`
	Digest      string            `json:"digest"`
	Text        string            `json:"text"`
	Data        map[string]string `json:"data"`
	Prev        string            `json:"prev"`
	Hash        string            `json:"hash"`
}

// ParseLine reads a line that Line wrote. It refuses every other spelling of
// the same event, so that no byte of an export can change unseen.
func ParseLine(line []byte) (davit.Event, error) {
	var j jsonEvent
	if err := json.Unmarshal(line, &j); err != nil {
		return davit.Event{}, fmt.Errorf("read journal line: %w", err)
	}
	e := davit.Event{
		Seq: j.Seq, At: j.At, Kind: j.Kind, Actor: j.Actor,
		Service: j.Service, Environment: j.Environment,
		Run: j.Run, Release: j.Release, Rollout: j.Rollout,
		Commit: j.Commit, Digest: davit.Digest(j.Digest),
		Text: j.Text, Data: j.Data, Prev: j.Prev, Hash: j.Hash,
	}
	if !bytes.Equal(Line(e), line) {
		return e, fmt.Errorf("read journal line %d: not written in the canonical form", e.Seq)
	}
	return e, nil
}

// Clean returns e with what JSON and SQL cannot carry (bytes that are not
// UTF-8, and NUL) replaced by U+FFFD. The store cleans an event before it is
// hashed, so that the exported line is the hashed line.
func Clean(e davit.Event) davit.Event {
	for _, s := range []*string{
		&e.Kind, &e.Actor, &e.Service, &e.Environment, &e.Run, &e.Release,
		&e.Rollout, &e.Commit, (*string)(&e.Digest), &e.Text,
	} {
		*s = cleanString(*s)
	}
	if len(e.Data) == 0 {
		e.Data = nil
		return e
	}
	data := make(map[string]string, len(e.Data))
	for _, k := range slices.Sorted(maps.Keys(e.Data)) {
		data[cleanString(k)] = cleanString(e.Data[k])
	}
	e.Data = data
	return e
}

func cleanString(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.ReplaceAll(s, "\x00", "\uFFFD")
}
