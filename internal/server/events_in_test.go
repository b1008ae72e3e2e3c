package server

import (
	"strings"
	"testing"

	"github.com/davit-cd/davit"
)

// FuzzReadEvents holds that whatever is sent is read or refused, and that what
// is read has its bounds.
func FuzzReadEvents(f *testing.F) {
	for _, s := range []string{
		"", "[]", `{"key":"u","metric":"m","id":"1"}`, "{\"key\":\"u\"}\n{\"key\":\"v\",\"value\":0}\n", `[{"key":"a"},{"key":"b"}]`,
		`[{"key":"a"}] x`, `{"key":`, `{"keys":"u"}`, "null", "[null]", `[[]]`, "\x00",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		events, err := readEvents(body)
		if err != nil && davit.KindOf(err) != davit.Invalid && davit.KindOf(err) != davit.TooLarge {
			t.Fatalf("%v is %s", err, davit.KindOf(err))
		}
		if err == nil && len(events) > mostEvents {
			t.Fatalf("%d events", len(events))
		}
	})
}

func TestReadEvents(t *testing.T) {
	for _, c := range []struct {
		body string
		n    int
		says string
	}{
		{"", 0, ""},
		{`{"key":"u","metric":"m","id":"1","value":0}`, 1, ""},
		{"{\"key\":\"u\"}\n\n{\"key\":\"v\"}\n", 2, ""},
		{` [{"key":"a"},{"key":"b"}] `, 2, ""},
		{`[{"key":"a"}] {}`, 0, "something follows"},
		{"{\"key\":\"u\"}\n{\"kay\":\"v\"}\n", 0, "event 2"},
		{strings.Repeat(`{"key":"u"}`+"\n", mostEvents+1), 0, "more than"},
	} {
		events, err := readEvents([]byte(c.body))
		if len(events) != c.n || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%.40q: %d events, %v", c.body, len(events), err)
		}
	}
}
