package ofrep_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit/internal/ofrep"
)

func TestBulk(t *testing.T) {
	w := newWorld(t, nil)
	set, err := w.book.Set(id)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{bulk, bulk + "/"} {
		a := w.ask("POST", path, `{"context":{"targetingKey":"u1","plan":"pro"}}`)
		var all struct {
			Flags        []map[string]any
			Metadata     map[string]any
			EventStreams []map[string]any
		}
		if err := json.Unmarshal([]byte(a.body), &all); err != nil || a.status != 200 {
			t.Fatal(a, err)
		}
		if len(all.Flags) != set.Len() {
			t.Errorf("%d flags, want %d", len(all.Flags), set.Len())
		}
		if all.Metadata["flagSetId"] != id || all.Metadata["version"] != set.Revision() || all.Metadata["team"] != "shop" {
			t.Error(all.Metadata)
		}
		for _, f := range all.Flags {
			one := w.ask("POST", single+strings.ReplaceAll(f["key"].(string), "/", "%2F"), `{"context":{"targetingKey":"u1","plan":"pro"}}`)
			if want, _ := json.Marshal(f); !sameJSON(t, one.body, string(want)) {
				t.Errorf("alone %s, among others %s", one.body, want)
			}
		}
		if !slices.ContainsFunc(all.Flags, func(f map[string]any) bool { return f["key"] == "wrong" && f["errorCode"] == "GENERAL" }) {
			t.Error("a bad flag is no item of its own")
		}
		want := map[string]any{"type": "sse", "endpoint": map[string]any{"requestUri": "/ofrep/v1/stream"}}
		if x, _ := json.Marshal(all.EventStreams); len(all.EventStreams) != 1 || !sameJSON(t, string(x), string(mustJSON([]any{want}))) {
			t.Errorf("streams: %v", all.EventStreams)
		}
	}
	if a := w.ask("POST", bulk, `{"context":[]}`); a.status != 400 || !strings.Contains(a.body, `{"errorCode":"INVALID_CONTEXT"`) {
		t.Error(a)
	}
	if a := w.ask("POST", bulk, `{"context"`); a.status != 400 || !strings.Contains(a.body, `{"errorCode":"PARSE_ERROR"`) {
		t.Error(a)
	}
	w.book.publish(t, id, `{"flags":{}}`)
	if a := w.ask("POST", bulk, `{}`); a.status != 200 || !strings.Contains(a.body, `"flags":[]`) {
		t.Error("no flags:", a)
	}
}

func mustJSON(v any) []byte {
	b, _ := json.Marshal(v)
	return b
}

// TestETag holds that an answer is spared exactly if set and context are the
// same, however the context is written.
func TestETag(t *testing.T) {
	w := newWorld(t, nil)
	first := w.ask("POST", bulk, `{"context":{"targetingKey":"u1","plan":"free","n":1.0}}`)
	etag := first.head.Get("ETag")
	if len(etag) != 34 || etag[0] != '"' {
		t.Fatal(etag)
	}
	revision := func() string { s, _ := w.book.Set(id); return s.Revision() }
	known := revision()
	ask := func(query, body string, tags ...string) int {
		headers := []string{}
		if len(tags) > 0 {
			headers = []string{"If-None-Match", strings.Join(tags, ", ")}
		}
		a := w.ask("POST", bulk+query, body, headers...)
		if a.status == 304 && (a.body != "" || a.head.Get("ETag") != etag) {
			t.Error("a 304 has a body or another tag", a)
		}
		return a.status
	}
	same := `{ "context" : { "n":1 , "plan":"free", "targetingKey":"u1" } }`
	for _, c := range []struct {
		name        string
		query, body string
		tags        []string
		want        int
	}{
		{"same", "", same, []string{etag}, 304},
		{"same, weak", "", same, []string{"W/" + etag}, 304},
		{"same, among others", "", same, []string{`"x"`, etag}, 304},
		{"no tag", "", same, nil, 200},
		{"other tag", "", same, []string{`"x"`}, 200},
		{"attribute changed under the same key", "", `{"context":{"targetingKey":"u1","plan":"pro","n":1}}`, []string{etag}, 200},
		{"attribute gone", "", `{"context":{"targetingKey":"u1","plan":"free"}}`, []string{etag}, 200},
		{"heard of this version", "?flagConfigEtag=" + known, same, []string{etag}, 304},
		{"heard of this version, quoted", "?flagConfigEtag=%22" + known + "%22", same, []string{etag}, 304},
		{"heard of another version", "?flagConfigEtag=other&flagConfigLastModified=1771622898", same, []string{etag}, 200},
	} {
		if got := ask(c.query, c.body, c.tags...); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	w.book.publish(t, id, strings.Replace(flags, `"defaultVariant":"no"`, `"defaultVariant":"yes"`, 1))
	if got := ask("", same, etag); got != 200 {
		t.Error("the set changed:", got)
	}
	w.book.publish(t, id, flags)
	if got := ask("", same, etag); got != 304 {
		t.Error("the set is as it was:", got)
	}
}

// TestETagBeforeEvaluation holds that a spared answer costs no evaluation.
func TestETagBeforeEvaluation(t *testing.T) {
	w := newWorld(t, nil)
	etag := w.ask("POST", bulk, `{}`).head.Get("ETag")
	w.book.count()
	if a := w.ask("POST", bulk, `{}`, "If-None-Match", etag); a.status != 304 || len(w.book.count()) != 0 {
		t.Error(a)
	}
}

// TestETagAndTime holds that an answer that depends on the time is spared only
// while it is the same.
func TestETagAndTime(t *testing.T) {
	now := int64(1000)
	w := newWorld(t, func(o *ofrep.Options) { o.Now = func() time.Time { return time.Unix(now, 0) } })
	w.book.publish(t, id, `{"flags":{"later":{"state":"ENABLED","variants":{"new":1,"old":0},"defaultVariant":"old","targeting":{"if":[{">=":[{"var":"$flagd.timestamp"},2000]},"new"]}}}}`)
	before := w.ask("POST", bulk, `{}`)
	etag := before.head.Get("ETag")
	now = 1999
	if a := w.ask("POST", bulk, `{}`, "If-None-Match", etag); a.status != 304 {
		t.Error("nothing changed yet:", a)
	}
	now = 2000
	a := w.ask("POST", bulk, `{}`, "If-None-Match", etag)
	if a.status != 200 || !strings.Contains(a.body, `"value":1`) || a.head.Get("ETag") == etag {
		t.Error("the time came and the client does not hear of it:", a)
	}
}

// TestETagAndStream holds that a new address of the stream is an answer worth
// giving, else a client whose stream's credential is over never gets another.
func TestETagAndStream(t *testing.T) {
	token := "dvs_1"
	w := newWorld(t, func(o *ofrep.Options) { o.StreamToken = streamToken(&token) })
	a := w.ask("POST", bulk, `{}`)
	if !strings.Contains(a.body, `"requestUri":"/ofrep/v1/stream?token=dvs_1"`) {
		t.Fatal(a)
	}
	token = "dvs_2"
	if b := w.ask("POST", bulk, `{}`, "If-None-Match", a.head.Get("ETag")); b.status != 200 || !strings.Contains(b.body, "dvs_2") {
		t.Fatal(b)
	}
}
