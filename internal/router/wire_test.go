package router

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit"
)

// contrary answers in every way an instance may.
func contrary(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h["Date"] = []string{"Mon, 01 Jan 2024 00:00:00 GMT"}
	switch r.URL.Path {
	case "/chunked":
		for i := range 5 {
			fmt.Fprintf(w, "piece %d\n", i)
			w.(http.Flusher).Flush()
		}
	case "/trailers":
		h.Set("Trailer", "X-Sum")
		_, _ = io.WriteString(w, "body")
		w.(http.Flusher).Flush()
		h.Set("X-Sum", "42")
		h.Set(http.TrailerPrefix+"X-Late", "yes")
	case "/early":
		h.Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		h.Del("Link")
		_, _ = io.WriteString(w, "late")
	case "/large":
		h.Set("Etag", `"strong"`)
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(10<<20))
		b := bytes.Repeat([]byte("0123456789abcdef"), 4096)
		for n := 0; n < 10<<20; n += len(b) {
			_, _ = w.Write(b)
		}
	case "/none":
		w.WriteHeader(http.StatusNoContent)
	case "/unchanged":
		h.Set("Etag", `"e"`)
		w.WriteHeader(http.StatusNotModified)
	case "/untyped":
		h["Content-Type"] = nil
		_, _ = io.WriteString(w, "<html>")
	case "/many":
		h["X-Many"] = []string{"a", "b", ""}
		h["Set-Cookie"] = []string{"a=1", "b=2"}
	case "/echo":
		b, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %d %v ", r.Method, r.RequestURI, r.ContentLength, r.Trailer)
		_, _ = w.Write(b)
	case "/teapot":
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short and stout")
	}
}

// said is what a client sees of an answer.
type said struct {
	status   int
	proto    string
	length   int64
	encoding []string
	header   http.Header
	body     []byte
	trailer  http.Header
	early    []string
}

func ask(t *testing.T, url, method, path, body string, chunked bool) said {
	t.Helper()
	tr := &http.Transport{DisableCompression: true, DisableKeepAlives: false}
	defer tr.CloseIdleConnections()
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
		if chunked {
			in = struct{ io.Reader }{in}
		}
	}
	var s said
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		s.early = append(s.early, fmt.Sprint(code, h))
		return nil
	}})
	r, err := http.NewRequestWithContext(ctx, method, url+path, in)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "shop.localhost"
	res, err := tr.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if s.body, err = io.ReadAll(res.Body); err != nil {
		t.Fatal(err)
	}
	s.status, s.proto, s.length, s.encoding, s.header, s.trailer = res.StatusCode, res.Proto, res.ContentLength, res.TransferEncoding, res.Header, res.Trailer
	return s
}

// What comes through the router is what would have come directly.
func TestDifferentialDirectAndThroughTheRouter(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	b := instance(t, "a", contrary)
	l.putRoute(shop(1, 0, []davit.Backend{b}, nil))
	for _, c := range []struct {
		method, path, body string
		chunked            bool
	}{
		{"GET", "/chunked", "", false},
		{"GET", "/trailers", "", false},
		{"GET", "/early", "", false},
		{"GET", "/large", "", false},
		{"HEAD", "/large", "", false},
		{"HEAD", "/chunked", "", false},
		{"GET", "/none", "", false},
		{"GET", "/unchanged", "", false},
		{"GET", "/untyped", "", false},
		{"GET", "/many", "", false},
		{"GET", "/teapot", "", false},
		{"GET", "/echo?a=%2F&b=%zz+c", "", false},
		{"POST", "/echo", "small", false},
		{"POST", "/echo", "small and chunked", true},
		{"PUT", "/echo", strings.Repeat("x", replayLimit), false},
		{"POST", "/echo", strings.Repeat("large ", 200_000), false},
		{"PATCH", "/echo", strings.Repeat("large and chunked ", 50_000), true},
		{"DELETE", "/echo", "", false},
		{"OPTIONS", "/echo", "", false},
		{"BREW", "/teapot", "", false},
	} {
		direct := ask(t, "http://"+b.Address, c.method, c.path, c.body, c.chunked)
		through := ask(t, l.url, c.method, c.path, c.body, c.chunked)
		name := c.method + " " + c.path
		if direct.status != through.status || direct.length != through.length || !slices.Equal(direct.encoding, through.encoding) {
			t.Errorf("%s: direct %d, length %d, %v; through %d, length %d, %v", name,
				direct.status, direct.length, direct.encoding, through.status, through.length, through.encoding)
		}
		if !bytes.Equal(direct.body, through.body) {
			t.Errorf("%s: bodies differ: %d and %d bytes\n%.200s\n%.200s", name, len(direct.body), len(through.body), direct.body, through.body)
		}
		if a, b := fmt.Sprint(direct.header), fmt.Sprint(through.header); a != b {
			t.Errorf("%s: fields\ndirect  %s\nthrough %s", name, a, b)
		}
		if a, b := fmt.Sprint(direct.trailer, direct.early), fmt.Sprint(through.trailer, through.early); a != b {
			t.Errorf("%s: trailer and interim answers\ndirect  %s\nthrough %s", name, a, b)
		}
	}
}

// raw sends bytes as they are and returns all that comes back.
func raw(t testing.TB, url, text string) string {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = io.WriteString(c, text)
	var got []byte
	for wait := 3 * time.Second; ; wait = 200 * time.Millisecond { // a connection that is kept just falls silent
		_ = c.SetReadDeadline(time.Now().Add(wait))
		n := len(got)
		got = append(got, make([]byte, 4096)...)
		m, err := c.Read(got[n:])
		if got = got[:n+m]; err != nil {
			return string(got)
		}
	}
}

// scripted is an instance that answers every connection with fixed bytes, and
// shows what it was sent.
func scripted(t testing.TB, answer string) (davit.Backend, <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	heard := make(chan string, 64)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				in := bufio.NewReader(c)
				var head strings.Builder
				for {
					line, err := in.ReadString('\n')
					head.WriteString(line)
					if err != nil || line == "\r\n" {
						break
					}
				}
				if head.Len() > 0 {
					heard <- head.String()
				}
				_, _ = io.WriteString(c, answer)
			}()
		}
	}()
	return davit.Backend{Instance: "scripted", Address: l.Addr().String()}, heard
}

func TestSmuggledRequestsAreOneRequestOrNone(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	paths := make(chan string, 16)
	b := instance(t, "a", func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		paths <- r.URL.Path
	})
	l.putRoute(shop(1, 0, []davit.Backend{b}, nil))
	const host = "Host: shop.localhost\r\n"
	for name, text := range map[string]string{
		"length and chunked":  "POST /ok HTTP/1.1\r\n" + host + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"two lengths":         "POST /ok HTTP/1.1\r\n" + host + "Content-Length: 0\r\nContent-Length: 40\r\n\r\nGET /smuggled HTTP/1.1\r\n" + host + "\r\n",
		"odd coding":          "POST /ok HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n",
		"two codings":         "POST /ok HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
		"space before colon":  "POST /ok HTTP/1.1\r\n" + host + "Content-Length : 30\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n",
		"two hosts":           "GET /ok HTTP/1.1\r\n" + host + "Host: other\r\n\r\n",
		"plus in length":      "POST /ok HTTP/1.1\r\n" + host + "Content-Length: +3\r\n\r\nabc",
		"carriage return":     "GET /ok HTTP/1.1\r\n" + host + "X: a\rTransfer-Encoding: chunked\r\n\r\n",
		"null":                "GET /ok HTTP/1.1\r\n" + host + "X: a\x00b\r\n\r\n",
		"connection names it": "POST /ok HTTP/1.1\r\n" + host + "Connection: Content-Length\r\nContent-Length: 33\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		answer := raw(t, l.url, text)
		if strings.Count(answer, "HTTP/1.1 200") > 1 {
			t.Errorf("%s: two answers:\n%s", name, answer)
		}
		for done := false; !done; {
			select {
			case p := <-paths:
				if p != "/ok" {
					t.Errorf("%s: the instance saw %s", name, p)
				}
			default:
				done = true
			}
		}
	}
	if answer := raw(t, l.url, "CONNECT shop.localhost:1 HTTP/1.1\r\n"+host+"\r\n"); !strings.HasPrefix(answer, "HTTP/1.1 405") {
		t.Errorf("CONNECT: %.40s", answer)
	}
}

func TestForgedHeadersAreReplaced(t *testing.T) {
	t.Parallel()
	forged := "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Proto: https\r\nX_Forwarded_For: 6.6.6.6\r\nX-Forwarded-Port: 1\r\nForwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\n" +
		"X-Shadow: 1\r\nX-Davit-Probe: guess\r\nX-Davit-Release: shop-9\r\nConnection: keep-alive, X-Secret\r\nX-Secret: 1\r\nKeep-Alive: 5\r\nProxy-Authorization: x\r\nTE: trailers, gzip\r\n" +
		"Traceparent: 00-zz\r\nTracestate: a=1\r\n"
	request := "GET / HTTP/1.1\r\nHost: shop.localhost\r\n" + forged + "X-Kept: yes\r\n\r\n"
	for _, trusted := range []bool{false, true} {
		l := startLocal(t, func(o *Options) {
			if trusted {
				o.Trusted = append(o.Trusted, prefix(t, "127.0.0.0/8"))
			}
		})
		b, heard := scripted(t, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		l.putRoute(shop(1, 0, []davit.Backend{b}, nil))
		raw(t, l.url, request)
		got := <-heard
		for _, never := range []string{"X-Secret", "X-Davit", "X-Shadow", "Keep-Alive", "Proxy-Auth", "gzip", "Tracestate", "00-zz"} {
			if strings.Contains(got, never) {
				t.Errorf("trusted %v: %s reached the instance:\n%s", trusted, never, got)
			}
		}
		for _, always := range []string{"X-Kept: yes", "Te: trailers", "Traceparent: 00-", "127.0.0.1"} {
			if !strings.Contains(got, always) {
				t.Errorf("trusted %v: %s is missing:\n%s", trusted, always, got)
			}
		}
		if strings.Contains(got, "6.6.6.6") != trusted || strings.Contains(got, "evil") != trusted {
			t.Errorf("trusted %v:\n%s", trusted, got)
		}
	}
}

func TestTraceparentIsPassedOrMade(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	b, heard := scripted(t, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	l.putRoute(shop(1, 0, []davit.Backend{b}, nil))
	const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	raw(t, l.url, "GET / HTTP/1.1\r\nHost: shop.localhost\r\ntraceparent: "+good+"\r\ntracestate: a=1\r\n\r\n")
	if got := <-heard; !strings.Contains(got, good) || !strings.Contains(got, "Tracestate: a=1") {
		t.Errorf("not passed:\n%s", got)
	}
	for _, bad := range []string{"", "00-00000000000000000000000000000000-b7ad6b7169203331-01", "ff" + good[2:], good + "-x", strings.ToUpper(good)} {
		if validTrace(bad) {
			t.Errorf("%q passes", bad)
		}
	}
	x := &exchange{r: &http.Request{Header: http.Header{}}}
	if !validTrace(x.traceparent()) {
		t.Errorf("made %q", x.trace)
	}
}

func TestAnswersThatLieAreNotPassedOn(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	for i, c := range []struct {
		answer string
		want   string // prefix of what the client gets; empty: a cut answer
	}{
		{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", ""},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", ""},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ""},
		{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "HTTP/1.1 502"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab", "HTTP/1.1 502"},
		{"HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n", "HTTP/1.1 502"},
		{"HTTP/1.1 200 OK\r\n folded: x\r\n\r\n", "HTTP/1.1 502"},
		{"nonsense\r\n\r\n", "HTTP/1.1 502"},
		{"", "HTTP/1.1 502"},
		{"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", answerLimit) + "\r\n\r\n", "HTTP/1.1 502"},
		{"HTTP/1.1 101 Go\r\n\r\n", "HTTP/1.1 502"},
		{"HTTP/1.0 200 OK\r\n\r\nuntil the end", "HTTP/1.1 200"},
	} {
		b, _ := scripted(t, c.answer)
		l.putRoute(shop(uint64(i+1), 0, []davit.Backend{b}, nil))
		got := raw(t, l.url, "GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
		if c.want != "" && !strings.HasPrefix(got, c.want) {
			t.Errorf("%.60q: the client got %.60q", c.answer, got)
		}
		if c.want == "" && (strings.HasSuffix(got, "0\r\n\r\n") || strings.Contains(got, "Content-Length: 5")) {
			t.Errorf("%.60q: passed for a whole answer: %q", c.answer, got)
		}
	}
	if n := l.counts("shop-1", davit.Live); n.Errors != 11 {
		t.Errorf("%d errors were counted, want 11: %+v", n.Errors, n)
	}
}
