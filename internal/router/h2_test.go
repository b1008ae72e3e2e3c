package router

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit"
)

func h2cClient(t testing.TB) *http.Client {
	var p http.Protocols
	p.SetUnencryptedHTTP2(true)
	tr := &http.Transport{Protocols: &p}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func TestHTTP2InAndHTTP1Out(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	b := instance(t, "a", func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, r.Proto, " ", n)
	})
	l.putRoute(shop(1, 0, []davit.Backend{b}, nil))
	c := h2cClient(t)
	for _, n := range []int{0, 100, 300_000} {
		r := newRequest(t, "POST", l.url, nil)
		r.Body = io.NopCloser(bytes.NewReader(make([]byte, n)))
		if n == 100 {
			r.ContentLength = 100
		}
		res, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		res.Body.Close()
		if want := fmt.Sprint("HTTP/1.1 ", n); res.ProtoMajor != 2 || string(got) != want || err != nil {
			t.Errorf("%s %q %v, want %q", res.Proto, got, err, want)
		}
	}
}

// As gRPC does it: both directions stream at the same time, and the status is
// in the trailer.
func TestGRPCStreamsBothWaysWithTrailers(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	b := instance(t, "a", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Trailer", "Grpc-Status")
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		buf := make([]byte, 64)
		for {
			n, err := r.Body.Read(buf)
			_, _ = w.Write(bytes.ToUpper(buf[:n]))
			w.(http.Flusher).Flush()
			if err != nil {
				break
			}
		}
		w.Header().Set("Grpc-Status", "0 "+r.Proto+" "+r.Header.Get("Te"))
		w.Header().Set(http.TrailerPrefix+"Grpc-Message", "fine")
	})
	r := shop(1, 0, []davit.Backend{b}, nil)
	r.Versions[0].Protocol = "h2c"
	l.putRoute(r)
	in, out := io.Pipe()
	req := newRequest(t, "POST", l.url+"/pkg.Service/Method", nil)
	req.Body, req.ContentLength = in, -1
	req.Header.Set("Te", "trailers")
	res, err := h2cClient(t).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	for i := range 3 {
		word := fmt.Sprint("message ", i)
		_, _ = io.WriteString(out, word)
		got := make([]byte, len(word))
		if _, err := io.ReadFull(res.Body, got); err != nil || string(got) != strings.ToUpper(word) {
			t.Fatalf("%q %v", got, err)
		}
	}
	out.Close()
	if _, err := io.ReadAll(res.Body); err != nil {
		t.Fatal(err)
	}
	if got := res.Trailer.Get("Grpc-Status"); got != "0 HTTP/2.0 trailers" || res.Trailer.Get("Grpc-Message") != "fine" {
		t.Errorf("trailer %v", res.Trailer)
	}
	eventually(t, time.Second, "it is counted", func() bool { return l.counts("shop-1", davit.Live).Status[2] == 1 })
}

func TestH2CUpstreamThatIsDownAndOneThatIsDrained(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	r := shop(1, 0, []davit.Backend{down(t, "x")}, nil)
	r.Versions[0].Protocol = "h2c"
	l.putRoute(r)
	if status, _, _ := l.get(nil); status != http.StatusBadGateway {
		t.Errorf("status %d", status)
	}
	if n := l.counts("shop-1", davit.Live); n.Errors != 1 || n.Refused != 1 {
		t.Errorf("%+v", n)
	}
	begun := make(chan struct{})
	b := instance(t, "slow", func(_ http.ResponseWriter, r *http.Request) { close(begun); <-r.Context().Done() })
	r = shop(2, 0, []davit.Backend{b}, []davit.Backend{instance(t, "new", nil)})
	r.Versions[0].Protocol = "h2c"
	l.putRoute(r)
	status := make(chan int, 1)
	go func() {
		s, _, _ := l.get(nil)
		status <- s
	}()
	<-begun
	r.Revision, r.Versions[0].Weight, r.Versions[1].Weight = 3, 0, davit.Full
	r.Versions = append([]davit.RouteVersion(nil), r.Versions...)
	l.putRoute(r)
	d, err := l.drain(t.Context(), production, "shop-1", 100*time.Millisecond)
	if err != nil || d.Cancelled != 1 || <-status != http.StatusServiceUnavailable {
		t.Errorf("%+v %v", d, err)
	}
}
