package server

import (
	"compress/gzip"
	"net/http"
	"strings"
)

// packed compresses JSON for who can unpack it. Streams are left alone.
func (s *Server) packed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			next.ServeHTTP(w, r)
			return
		}
		p := &packWriter{ResponseWriter: w, server: s}
		defer p.close()
		next.ServeHTTP(p, r)
	})
}

// packFrom is the least number of bytes worth compressing.
const packFrom = 1 << 10

// packWriter decides at the first write whether to compress.
type packWriter struct {
	http.ResponseWriter
	server *Server
	begun  bool
	status int
	packer *gzip.Writer
}

// WriteHeader waits with the header until it is known how the answer is sent.
func (p *packWriter) WriteHeader(status int) {
	if p.status == 0 {
		p.status = status
	}
	if !p.json() {
		p.begin(0)
	}
}

func (p *packWriter) json() bool {
	h := p.Header()
	kind, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return h.Get("Content-Encoding") == "" && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}

// begin sends the header; n is the size of the first write.
func (p *packWriter) begin(n int) {
	if p.begun {
		return
	}
	p.begun = true
	if p.json() {
		p.Header().Add("Vary", "Accept-Encoding")
		if n >= packFrom {
			p.Header().Set("Content-Encoding", "gzip")
			p.Header().Del("Content-Length")
			p.packer = p.server.borrowPacker(p.ResponseWriter)
		}
	}
	if p.status != 0 {
		p.ResponseWriter.WriteHeader(p.status)
	}
}

// Write compresses, or not.
func (p *packWriter) Write(b []byte) (int, error) {
	p.begin(len(b))
	if p.packer != nil {
		return p.packer.Write(b)
	}
	return p.ResponseWriter.Write(b)
}

// Flush sends what was written so far.
func (p *packWriter) Flush() {
	p.begin(0)
	if p.packer != nil {
		_ = p.packer.Flush() // the next write tells
	}
	_ = http.NewResponseController(p.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController find the writer's abilities.
func (p *packWriter) Unwrap() http.ResponseWriter { return p.ResponseWriter }

func (p *packWriter) close() {
	p.begin(0)
	if p.packer == nil {
		return
	}
	_ = p.packer.Close() // the reader is gone, or sees that it is cut short
	p.server.packers.Put(p.packer)
}

func (s *Server) borrowPacker(w http.ResponseWriter) *gzip.Writer {
	if g, ok := s.packers.Get().(*gzip.Writer); ok {
		g.Reset(w)
		return g
	}
	g, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // the level is valid
	return g
}
