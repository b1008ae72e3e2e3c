package ofrep_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/davit-cd/davit/internal/access"
	"github.com/davit-cd/davit/internal/ofrep"
)

// sameJSON compares what documents say.
func sameJSON(t *testing.T, got, want string) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal([]byte(got), &x); err != nil {
		return false
	}
	if err := json.Unmarshal([]byte(want), &y); err != nil {
		t.Fatal(want, err)
	}
	return reflect.DeepEqual(x, y)
}

func TestSingle(t *testing.T) {
	w := newWorld(t, nil)
	set, err := w.book.Set(id)
	if err != nil {
		t.Fatal(err)
	}
	about := `"metadata":{"team":"shop","flagSetId":"shop/production","version":"` + set.Revision() + `"}`
	for _, c := range []struct {
		name, key, body string
		status          int
		want            string
	}{
		{"true", "on", `{"context":{"targetingKey":"u1"}}`, 200, `{"key":"on","value":true,"reason":"STATIC","variant":"yes",` + about + `}`},
		{"false is a value", "off", `{}`, 200, `{"key":"off","value":false,"reason":"STATIC","variant":"no",` + about + `}`},
		{"0 is a value", "zero", `{}`, 200, `{"key":"zero","value":0,"reason":"STATIC","variant":"z",` + about + `}`},
		{"nothing is a value", "empty", `{}`, 200, `{"key":"empty","value":"","reason":"STATIC","variant":"e",` + about + `}`},
		{"{} is a value", "object", `{}`, 200, `{"key":"object","value":{},"reason":"STATIC","variant":"o",` + about + `}`},
		{"disabled", "disabled", `{}`, 200, `{"key":"disabled","reason":"DISABLED",` + about + `}`},
		{"code default", "code", `{}`, 200, `{"key":"code","reason":"DEFAULT",` + about + `}`},
		{"rule holds", "rule", `{"context":{"plan":"pro"}}`, 200, `{"key":"rule","value":true,"reason":"TARGETING_MATCH","variant":"yes","metadata":{"team":"shop","flagSetId":"shop/production","version":"` + set.Revision() + `","owner":"ann"}}`},
		{"rule does not", "rule", `{"context":{"plan":"free"}}`, 200, `{"key":"rule","value":false,"reason":"DEFAULT","variant":"no","metadata":{"team":"shop","flagSetId":"shop/production","version":"` + set.Revision() + `","owner":"ann"}}`},
		{"no key, no default", "split", `{"context":{}}`, 400, `{"key":"split","errorCode":"TARGETING_KEY_MISSING","errorDetails":"the flag is split by the targeting key, which the context does not have, and there is no default variant"}`},
		{"no key, but a default", "split-with-default", `{"context":{}}`, 200, `{"key":"split-with-default","value":"A","reason":"DEFAULT","variant":"a",` + about + `}`},
		{"a key that is no text", "split", `{"context":{"targetingKey":7}}`, 200, `{"key":"split","reason":"DEFAULT",` + about + `}`},
		{"no such variant", "wrong", `{}`, 400, `{"key":"wrong","errorCode":"GENERAL","errorDetails":"the targeting gave something that is no variant of the flag"}`},
		{"no such flag", "nowhere", `{}`, 404, `{"key":"nowhere","errorCode":"FLAG_NOT_FOUND","errorDetails":"there is no flag \"nowhere\" in shop/production"}`},
		{"slash as a segment", "a/b", `{}`, 200, `{"key":"a/b","value":"/","reason":"STATIC","variant":"slash",` + about + `}`},
		{"slash escaped", "a%2Fb", `{}`, 200, `{"key":"a/b","value":"/","reason":"STATIC","variant":"slash",` + about + `}`},
		{"dots and two slashes", "..%2F%2Fx", `{}`, 200, `{"key":"..//x","value":1.5,"reason":"STATIC","variant":"v",` + about + `}`},
		{"unicode", "schl%C3%BCssel%20%F0%9F%94%91", `{}`, 200, `{"key":"schlüssel 🔑","value":"ß\n","reason":"STATIC","variant":"größe",` + about + `}`},
		{"no body", "on", ``, 200, `{"key":"on","value":true,"reason":"STATIC","variant":"yes",` + about + `}`},
		{"no context", "on", ` { } `, 200, `{"key":"on","value":true,"reason":"STATIC","variant":"yes",` + about + `}`},
		{"null context", "on", `{"context":null}`, 200, `{"key":"on","value":true,"reason":"STATIC","variant":"yes",` + about + `}`},
		{"other members", "on", `{"a":[1,{"context":2}],"context":{},"b":"}"}`, 200, `{"key":"on","value":true,"reason":"STATIC","variant":"yes",` + about + `}`},
		{"nested context", "rule", `{"x":"\"","\u0063ontext":{"plan":"pro","deep":{"list":[1,2,{"a":null}]}}}`, 200, `{"key":"rule","value":true,"reason":"TARGETING_MATCH","variant":"yes","metadata":{"team":"shop","flagSetId":"shop/production","version":"` + set.Revision() + `","owner":"ann"}}`},
		{"array as context", "on", `{"context":[1]}`, 400, `{"key":"on","errorCode":"INVALID_CONTEXT","errorDetails":"the context is an array, not an object; send a JSON object"}`},
		{"number as context", "on", `{"context":1}`, 400, `{"key":"on","errorCode":"INVALID_CONTEXT","errorDetails":"the context is a number, not an object; send a JSON object"}`},
		{"broken context", "on", `{"context":{"a":tru}}`, 400, ``},
		{"broken body", "on", `{"context":{}`, 400, ``},
		{"cut body", "on", `{"context`, 400, ``},
		{"no object", "on", `[]`, 400, ``},
		{"more than one", "on", `{} {}`, 400, ``},
		{"broken other member", "on", `{"a":01,"context":{}}`, 400, ``},
	} {
		a := w.ask("POST", single+c.key, c.body)
		if a.status != c.status || c.want != "" && !sameJSON(t, a.body, c.want) || a.head.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s, want %d %s", c.name, a.status, a.body, c.status, c.want)
		}
		if c.want == "" && !strings.Contains(a.body, `"errorCode":"PARSE_ERROR"`) {
			t.Errorf("%s: %s", c.name, a.body)
		}
	}
}

// TestCounts holds that what is evaluated is counted once.
func TestCounts(t *testing.T) {
	w := newWorld(t, nil)
	w.ask("POST", single+"on", `{}`)
	w.ask("POST", single+"nowhere", `{}`)
	w.ask("POST", single+"on", `{"context":7}`)
	if got, want := w.book.count(), []string{"on yes STATIC", "  ERRORFLAG_NOT_FOUND"}; !slices.Equal(got, want) {
		t.Errorf("counted %q, want %q", got, want)
	}
	a := w.ask("POST", bulk, `{}`)
	if got := w.book.count(); len(got) != 14 {
		t.Errorf("counted %q", got)
	}
	w.ask("POST", bulk, `{}`, "If-None-Match", a.head.Get("ETag"))
	if got := w.book.count(); len(got) != 0 {
		t.Errorf("an answer that was not needed is counted: %q", got)
	}
}

// TestStrict holds that the schema's list of reasons is kept to if asked for.
func TestStrict(t *testing.T) {
	w := newWorld(t, func(o *ofrep.Options) { o.Strict = true })
	for key, want := range map[string]string{"on": "STATIC", "disabled": "DISABLED", "code": "UNKNOWN", "rule": "STATIC", "split-with-default": "STATIC"} {
		if a := w.ask("POST", single+key, `{}`); !strings.Contains(a.body, `"reason":"`+want+`"`) {
			t.Errorf("%s: %s", key, a.body)
		}
	}
	a := w.ask("POST", bulk, `{}`)
	var all struct {
		Flags []struct{ Reason, ErrorCode string }
	}
	if err := json.Unmarshal([]byte(a.body), &all); err != nil {
		t.Fatal(err)
	}
	for _, f := range all.Flags {
		if f.ErrorCode == "" && !slices.Contains([]string{"STATIC", "TARGETING_MATCH", "SPLIT", "DISABLED", "UNKNOWN"}, f.Reason) {
			t.Errorf("the schema has no reason %q", f.Reason)
		}
	}
}

func TestWhoMay(t *testing.T) {
	w := newWorld(t, nil)
	w.grants["nothing"] = access.Grant{Name: "x"}
	for _, c := range []struct {
		token, selector string
		status          int
	}{
		{"bound", "", 200},
		{"bound", "flagSetId=shop/production", 200},
		{"bound", "source=shop/production", 200},
		{"bound", "shop/production", 200},
		{"bound", "flagSetId=shop/staging", 403},
		{"bound", "colour=red", 400},
		{"all", "", 200},
		{"nobody", "", 401},
		{"nothing", "", 403},
		{"all", "flagSetId=none/here", 404},
	} {
		a := w.ask("POST", single+"on", `{}`, "Authorization", "Bearer "+c.token, "Flagd-Selector", c.selector)
		if a.status != c.status || a.body != "" && (c.status == 401 || c.status == 403) {
			t.Errorf("%+v: %d %s", c, a.status, a.body)
		}
		if c.status == 404 {
			c.status = 400
		}
		if a := w.ask("POST", bulk, `{}`, "Authorization", "Bearer "+c.token, "Flagd-Selector", c.selector); a.status != c.status {
			t.Errorf("bulk %+v: %d %s", c, a.status, a.body)
		}
	}
	w.book.publish(t, "shop/staging", `{"flags":{"on":{"state":"ENABLED","variants":{"s":"staging"},"defaultVariant":"s"}}}`)
	if a := w.ask("POST", single+"on", `{}`, "Authorization", "Bearer all"); a.status != 400 || !strings.Contains(a.body, "Flagd-Selector") {
		t.Error("two sets and nobody says which:", a)
	}
	if a := w.ask("POST", single+"on", `{}`, "Authorization", "Bearer all", "Flagd-Selector", "flagSetId=shop/staging"); !strings.Contains(a.body, `"staging"`) {
		t.Error(a)
	}
	r := w.request("POST", single+"on", `{}`)
	r.Header["Flagd-Selector"] = []string{"flagSetId=shop/production", "flagSetId=shop/staging"}
	res, err := http.DefaultClient.Do(r)
	if err != nil || res.Body.Close() != nil || res.StatusCode != 400 {
		t.Error("two selectors:", res, err)
	}
}

func TestMethodsAndPaths(t *testing.T) {
	w := newWorld(t, nil)
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", bulk, 405},
		{"GET", single + "on", 405},
		{"POST", "/ofrep/v1/stream", 405},
		{"POST", "/ofrep/v1/evaluate/flagsandmore", 404},
		{"POST", "/ofrep/v1/configuration", 404},
		{"POST", bulk + "/", 200}, // not a flag with an empty key, which no set can have
	} {
		if a := w.ask(c.method, c.path, ""); a.status != c.status {
			t.Errorf("%s %s: %d", c.method, c.path, a.status)
		}
	}
}

// TestLargeContext holds that a context of 5 MB is refused, told whether its
// length is known before or not, and that one below the limit is not.
func TestLargeContext(t *testing.T) {
	w := newWorld(t, nil)
	body := func(n int) string { return `{"context":{"a":"` + strings.Repeat("x", n) + `"}}` }
	for _, path := range []string{single + "on", bulk} {
		if a := w.ask("POST", path, body(1<<20-100)); a.status != 200 {
			t.Error(path, a.status, a.body)
		}
		for _, n := range []int{1<<20 + 1, 5 << 20} {
			a := w.ask("POST", path, body(n))
			if a.status != 413 || !strings.Contains(a.body, `"errorCode":"INVALID_CONTEXT"`) || !strings.Contains(a.body, "1 MiB") {
				t.Error(path, n, a.status, a.body)
			}
			r := w.request("POST", path, body(n))
			r.ContentLength = -1
			res, err := http.DefaultClient.Do(r)
			if err != nil || res.Body.Close() != nil || res.StatusCode != 413 {
				t.Error(path, n, "chunked:", res, err)
			}
		}
	}
}

// TestServerFault holds that what went wrong inside stays inside.
func TestServerFault(t *testing.T) {
	w := newWorld(t, func(o *ofrep.Options) { o.Book = broken{o.Book} })
	for _, path := range []string{single + "on", bulk} {
		a := w.ask("POST", path, `{}`)
		if a.status != 500 || !sameJSON(t, a.body, `{"errorDetails":"the server could not do this; its log says why"}`) {
			t.Error(path, a)
		}
	}
}
