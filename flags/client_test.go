package flags_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/flags"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flagfeed"
)

// book is a Book of one set that a test changes.
type book struct {
	mu   sync.Mutex
	set  *flag.Set
	news chan struct{}
}

func (b *book) Set(id string) (*flag.Set, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if id != "shop/production" || b.set == nil {
		return nil, &davit.Error{Kind: davit.NotFound, Text: "there is no flag set " + id}
	}
	return b.set, nil
}

func (b *book) Changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.news == nil {
		b.news = make(chan struct{})
	}
	return b.news
}

func (b *book) publish(t *testing.T, doc string) {
	t.Helper()
	set, _, err := flag.Parse([]byte(doc), flag.ParseOptions{ID: "shop/production"})
	if err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.set = set
	if b.news != nil {
		close(b.news)
	}
	b.news = make(chan struct{})
}

// server serves a book at addr, 127.0.0.1:0 for any; stop kills it with all
// its connections.
func server(t *testing.T, addr string, h http.Handler) (url string, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(h)
	_ = s.Listener.Close()
	s.Listener = l
	s.Start()
	var once sync.Once
	stop = func() { once.Do(func() { s.CloseClientConnections(); s.Close() }) }
	t.Cleanup(stop)
	return s.URL, stop
}

func feed(b *book) http.Handler {
	return flagfeed.New(flagfeed.Options{Book: b, Select: func(r *http.Request) (string, error) {
		if r.Header.Get("Authorization") != "Bearer dvt_secret" {
			return "", &davit.Error{Kind: davit.Unauthorized, Text: "this needs a valid token"}
		}
		return strings.TrimPrefix(r.Header.Get("Flagd-Selector"), "flagSetId="), nil
	}})
}

// options are those of a client of url that waits as long as it takes.
func options(url, file string) flags.Options {
	return flags.Options{Endpoint: url, Token: "dvt_secret", Set: "shop/production", File: file, Wait: time.Minute}
}

func open(t *testing.T, o flags.Options) *flags.Client {
	t.Helper()
	c, err := flags.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// until waits for ok, looking whenever the client changes.
func until(t *testing.T, c *flags.Client, what string, ok func(flags.Status) bool) {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		news := c.Changed()
		if ok(c.Status()) {
			return
		}
		select {
		case <-news:
		case <-limit:
			t.Fatalf("never: %s (%+v)", what, c.Status())
		}
	}
}

func doc(on string) string {
	return `{"flags":{
		"new-checkout":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"` + on + `"},
		"color":{"state":"ENABLED","variants":{"red":"#f00","blue":"#00f"},"defaultVariant":"red","targeting":{"if":[{"davit.regex":[{"var":"email"},"@example\\.com$"]},"blue"]}},
		"limit":{"state":"ENABLED","variants":{"low":10,"high":2.5},"defaultVariant":"low","targeting":{"if":[{"==":[{"var":"plan"},"pro"]},"high"]}},
		"theme":{"state":"ENABLED","variants":{"a":{"dark":true}},"defaultVariant":"a"},
		"off":{"state":"DISABLED","variants":{"on":true},"defaultVariant":"on"}}}`
}

func TestEvaluations(t *testing.T) {
	b := &book{}
	b.publish(t, doc("on"))
	url, _ := server(t, "127.0.0.1:0", feed(b))
	var seen []flags.Exposure
	o := options(url, "")
	o.Exposed = func(e flags.Exposure) { seen = append(seen, e) }
	c := open(t, o)
	jon := flags.Context{"targetingKey": "u1", "email": "jon@example.com", "plan": "pro"}
	if !c.Bool("new-checkout", false, jon) || c.Bool("off", false, jon) || !c.Bool("absent", true, jon) || c.Bool("color", false, jon) {
		t.Error("booleans are wrong")
	}
	if c.String("color", "x", jon) != "#00f" || c.String("color", "x", nil) != "#f00" || c.String("limit", "x", jon) != "x" {
		t.Error("texts are wrong")
	}
	if c.Int("limit", 7, nil) != 10 || c.Int("limit", 7, jon) != 7 || c.Float("limit", 7, jon) != 2.5 || c.Float("theme", 7, jon) != 7 {
		t.Error("numbers are wrong")
	}
	if m := c.Object("theme", nil, jon); m["dark"] != true {
		t.Errorf("object %v", m)
	}
	if e := c.Evaluate("color", jon); e.Value != "#00f" || e.Variant != "blue" || e.Reason != "TARGETING_MATCH" || e.Code != "" {
		t.Errorf("%+v", e)
	}
	if e := c.Evaluate("absent", jon); e.Value != nil || e.Code != "FLAG_NOT_FOUND" {
		t.Errorf("%+v", e)
	}
	if c.Explain("color", jon) == nil || c.Explain("absent", jon) != nil {
		t.Error("explanations are wrong")
	}
	first := flags.Exposure{Set: "shop/production", Revision: c.Status().Revision, Flag: "new-checkout", Variant: "on", Reason: "STATIC", Key: "u1"}
	if len(seen) == 0 || seen[0] != first {
		t.Errorf("exposures %+v", seen)
	}
	for _, e := range seen {
		if e.Flag == "off" || e.Flag == "absent" {
			t.Errorf("exposed to nothing: %+v", e)
		}
	}
}

// TestServerDiesAndReturns follows a client through a server's life: a
// change, its death, a restart of the program without it, and its return.
func TestServerDiesAndReturns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flags.json")
	b := &book{}
	b.publish(t, doc("off"))
	url, stop := server(t, "127.0.0.1:0", feed(b))
	o := options(url, file)
	o.Stale = time.Nanosecond
	c := open(t, o)
	if c.Bool("new-checkout", true, nil) || c.Status().Source != "server" || c.Status().Err != nil {
		t.Fatalf("%+v", c.Status())
	}
	before := c.Status().Revision
	b.publish(t, doc("on"))
	until(t, c, "the change arrives", func(s flags.Status) bool { return s.Revision != before })
	if !c.Bool("new-checkout", false, nil) {
		t.Error("the change is not seen")
	}

	stop()
	until(t, c, "the death is noted", func(s flags.Status) bool { return !s.Connected && s.Err != nil && s.Stale })
	if !c.Bool("new-checkout", false, nil) {
		t.Error("a dead server changed an answer")
	}

	again := open(t, o) // another start of the program
	if s := again.Status(); s.Source != "file" || !again.Bool("new-checkout", false, nil) {
		t.Errorf("without a server: %+v", s)
	}

	b.publish(t, doc("off"))
	addr := strings.TrimPrefix(url, "http://")
	_, _ = server(t, addr, feed(b))
	for _, x := range []*flags.Client{c, again} {
		until(t, x, "the server is heard again", func(s flags.Status) bool { return s.Connected && s.Source == "server" && s.Err == nil })
		if x.Bool("new-checkout", true, nil) {
			t.Error("the change after the return is not seen")
		}
	}
}

// TestNonsense holds that nothing a server sends takes a good set away.
func TestNonsense(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flags.json")
	b := &book{}
	b.publish(t, doc("on"))
	url, stop := server(t, "127.0.0.1:0", feed(b))
	_ = open(t, options(url, file)).Close()
	stop()
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, answer := range map[string]func(w http.ResponseWriter, r *http.Request){
		"broken JSON":     stream("event: set\nid: 1\ndata: {\"hash\":2,\"document\":{\"flags\"\n\n"),
		"no document":     stream("event: set\nid: 1\ndata: {}\n\n"),
		"no flags":        stream("event: set\nid: 1\ndata: {\"hash\":2,\"document\":[]}\n\n"),
		"unknown default": stream("event: set\nid: 1\ndata: {\"hash\":2,\"document\":{\"flags\":{\"f\":{\"state\":\"ENABLED\",\"variants\":{\"a\":1},\"defaultVariant\":\"b\"}}}}\n\n"),
		"half an event":   stream("event: set\nid: 1\ndata: {\"hash\":2,"),
		"nothing":         stream(""),
		"a page":          func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>log in</html>") },
		"no such set":     func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "gone", http.StatusNotFound) },
		"not allowed":     func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) },
		"broken":          func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "oh", http.StatusInternalServerError) },
	} {
		t.Run(name, func(t *testing.T) {
			mine := filepath.Join(t.TempDir(), "flags.json")
			if err := os.WriteFile(mine, whole, 0o600); err != nil {
				t.Fatal(err)
			}
			url, _ := server(t, "127.0.0.1:0", http.HandlerFunc(answer))
			c := open(t, options(url, mine))
			until(t, c, "the trouble is noted", func(s flags.Status) bool { return s.Err != nil })
			if !c.Bool("new-checkout", false, nil) || c.Status().Source != "file" {
				t.Errorf("%+v", c.Status())
			}
			if after, err := os.ReadFile(mine); err != nil || string(after) != string(whole) {
				t.Errorf("the file has changed: %v", err)
			}
		})
	}
}

func stream(text string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, text)
	}
}

// TestOpenIsBounded holds that a server that takes a connection and says
// nothing does not keep a program from starting.
func TestOpenIsBounded(t *testing.T) {
	url, _ := server(t, "127.0.0.1:0", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	o := options(url, "")
	o.Wait = 10 * time.Millisecond
	c := open(t, o)
	if c.Status().Ready || !c.Bool("new-checkout", true, nil) || c.Evaluate("x", nil).Code != "PROVIDER_NOT_READY" {
		t.Errorf("%+v", c.Status())
	}
	o.Wait = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d, err := flags.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	_ = d.Close()
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := `{"set":"shop/production","revision":"7","hash":2,"document":` + doc("on") + `}`
	for _, c := range []struct {
		name, text string
		ready      bool
	}{
		{"good", good, true},
		{"half", good[:len(good)/2], false},
		{"empty", "", false},
		{"zeros", "\x00\x00\x00", false},
		{"another set", strings.Replace(good, "production", "staging", 1), false},
	} {
		o := flags.Options{Set: "shop/production", File: write("f", c.text)}
		client := open(t, o)
		if s := client.Status(); s.Ready != c.ready || (s.Err == nil) != c.ready || client.Bool("new-checkout", false, nil) != c.ready {
			t.Errorf("%s: %+v", c.name, s)
		}
	}
	b := &book{}
	b.publish(t, doc("on"))
	url, _ := server(t, "127.0.0.1:0", feed(b))
	client := open(t, options(url, filepath.Join(dir, "no", "such", "folder")))
	if s := client.Status(); !s.Ready || s.Err == nil || !client.Bool("new-checkout", false, nil) {
		t.Errorf("a file that cannot be written: %+v", s)
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []flags.Options{
		{},
		{Set: "shop", Endpoint: "http://x"},
		{Set: "a/b/c", Endpoint: "http://x"},
		{Set: "/b", Endpoint: "http://x"},
		{Set: "a/b"},
		{Set: "a/b", Endpoint: "davit.example.com"},
		{Set: "a/b", Endpoint: "ftp://x"},
		{Set: "a/b", Endpoint: "http://%zz"},
	} {
		if c, err := flags.Open(t.Context(), o); err == nil {
			_ = c.Close()
			t.Errorf("%+v is taken", o)
		}
	}
}

// exploding panics when it is written as JSON.
type exploding struct{}

func (exploding) MarshalJSON() ([]byte, error) { panic("boom") }

// TestNothingPanics: a flag never throws in a user's program.
func TestNothingPanics(t *testing.T) {
	o := flags.Options{Set: "shop/production", File: filepath.Join(t.TempDir(), "f")}
	if err := os.WriteFile(o.File, []byte(`{"set":"shop/production","revision":"7","hash":2,"document":`+doc("on")+`}`), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Exposed = func(flags.Exposure) { panic("hook") }
	c := open(t, o)
	if !c.Bool("new-checkout", false, nil) {
		t.Error("a hook that panics changed an answer")
	}
	if !c.Bool("new-checkout", true, flags.Context{"x": exploding{}}) || c.Evaluate("new-checkout", flags.Context{"x": exploding{}}).Code != "GENERAL" {
		t.Error("an attribute that panics")
	}
	loop := map[string]any{}
	loop["x"] = loop
	for _, who := range []flags.Context{{"x": loop}, {"x": func() {}}, {"targetingKey": 7}, {"": nil}, {"x": make(chan int)}} {
		c.Bool("new-checkout", false, who)
		c.String("color", "", who)
		c.Evaluate("\xff/ü", who)
	}
}

func BenchmarkBool(b *testing.B) {
	o := flags.Options{Set: "shop/production", File: filepath.Join(b.TempDir(), "f")}
	if err := os.WriteFile(o.File, []byte(`{"set":"shop/production","revision":"7","hash":2,"document":`+doc("on")+`}`), 0o600); err != nil {
		b.Fatal(err)
	}
	c, err := flags.Open(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	who := flags.Context{"targetingKey": "u1", "email": "jon@example.com", "plan": "pro"}
	b.ReportAllocs()
	for b.Loop() {
		c.Float("limit", 0, who)
	}
}
