package server_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// discard is a response that nobody reads.
type discard struct{ head http.Header }

func (d *discard) Header() http.Header         { return d.head }
func (d *discard) WriteHeader(int)             {}
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkOFREP is one evaluation by OFREP through the whole server, without
// the network.
func BenchmarkOFREP(b *testing.B) {
	e := newEvaluating(b, nil)
	const question = `{"context":{"targetingKey":"user-123456","email":"jon@example.com","country":"NL","age":42,"plan":"pro","beta":true}}`
	r, err := http.NewRequestWithContext(b.Context(), "POST", e.url+bulkPath+"/a//..", nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+e.tokens["bound"])
	r.ContentLength = int64(len(question))
	w := &discard{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		r.Body = io.NopCloser(strings.NewReader(question))
		clear(w.head)
		e.server.ServeHTTP(w, r)
	}
	if w.head.Get("Content-Type") != "application/json" {
		b.Fatal(w.head)
	}
}
