package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/davit-cd/davit/internal/api"
)

// Server answers requests.
type Server struct {
	options Options
	huma    huma.API
	handler http.Handler
	started time.Time
	routes  map[string]bool // operations that have a handler
	flights flights
	rates   rates
	quiet   quiet // pushes whose pusher follows by other means
	links   links
	packers sync.Pool // of *gzip.Writer

	crossing *http.CrossOriginProtection

	quit     chan struct{} // closed when streams must end
	quitOnce sync.Once
}

// New returns a server that has a handler for every route of the API.
func New(o Options) *Server {
	s := &Server{options: o.withDefaults(), routes: map[string]bool{}, quit: make(chan struct{}), crossing: http.NewCrossOriginProtection()}
	s.started = s.options.Now()
	mux := http.NewServeMux()
	s.huma = newContract(mux, s.options.Version)
	s.serveServer()
	s.serveServices()
	s.serveEnvironments()
	s.serveRuns()
	s.serveReleases()
	s.serveRollouts()
	s.serveQuarantine()
	s.serveRamps()
	s.serveJournal()
	s.serveAudit()
	s.serveFlags()
	s.serveSecrets()
	s.serveTokens()
	s.serveChannels()
	finishContract(s.huma.OpenAPI())
	s.mount(mux)
	s.handler = s.recovered(s.checked(s.identified(s.evaluated(s.packed(mux)))))
	return s
}

// mount adds what is not part of the API.
func (s *Server) mount(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /openapi.json", s.openapi)
	mux.HandleFunc("/git/", s.git)
	mux.HandleFunc("/v2/", s.registry)
	mux.HandleFunc("POST "+api.HookBase+"/pre-receive", s.preReceive)
	mux.HandleFunc("POST "+api.HookBase+"/post-receive", s.postReceive)
	mux.HandleFunc(api.SessionPath, s.session)
	mux.HandleFunc("POST "+api.SessionPath+"/link", s.link)
	mux.HandleFunc(api.Base+"/", s.nowhere)
	if s.options.Page != nil {
		mux.Handle("/", s.options.Page)
		return
	}
	mux.HandleFunc("/", s.nowhere)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Limits of a connection. There is no limit on writing: streams set their own.
const (
	headerWithin = 10 * time.Second
	idleWithin   = 2 * time.Minute
	maxHeader    = 64 << 10
	stopWithin   = 10 * time.Second
)

// Serve answers on l until ctx ends; then it ends the streams, lets what is
// under way finish, and returns nil.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	return s.serve(ctx, l, s)
}

// ServeOpen answers on l those who evaluate flags of sets, without a token, and
// the health checks, until ctx ends. Who may reach l is all that guards it.
func (s *Server) ServeOpen(ctx context.Context, l net.Listener, sets []string) error {
	return s.serve(ctx, l, s.recovered(s.checked(s.anyone(sets))))
}

// maxStreams is how many streams one HTTP/2 connection may carry at once: a
// client with many SDKs behind it holds one for each.
const maxStreams = 4096

func (s *Server) serve(ctx context.Context, l net.Listener, h http.Handler) error {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true) // gRPC; a client says at once that it speaks it
	hs := &http.Server{
		Handler: h, ReadHeaderTimeout: headerWithin, IdleTimeout: idleWithin, MaxHeaderBytes: maxHeader,
		Protocols: protocols, HTTP2: &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	failed := make(chan error, 1)
	go func() { failed <- hs.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.quitOnce.Do(func() { close(s.quit) })
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if err := hs.Shutdown(stopping); err != nil {
		return errors.Join(err, hs.Close())
	}
	return nil
}
