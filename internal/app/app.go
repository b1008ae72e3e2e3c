package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/davit-cd/davit/internal/access"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/artifact"
	"github.com/davit-cd/davit/internal/engine"
	"github.com/davit-cd/davit/internal/exposure"
	"github.com/davit-cd/davit/internal/gate"
	"github.com/davit-cd/davit/internal/router"
	"github.com/davit-cd/davit/internal/runner"
	"github.com/davit-cd/davit/internal/secret"
	"github.com/davit-cd/davit/internal/server"
	"github.com/davit-cd/davit/internal/source"
	"github.com/davit-cd/davit/internal/store"
	"github.com/davit-cd/davit/internal/study"
	"github.com/davit-cd/davit/internal/target/process"
	"github.com/davit-cd/davit/internal/telemetry"
	"github.com/davit-cd/davit/internal/web"
)

// Options says how a server runs.
type Options struct {
	Data         string // folder
	Listen       string // host:port of API, git endpoint and registry
	RouterListen string // host:port of the router
	Executable   string // the davit binary: hooks, router and launchers are started from it
	Version      api.Version
	Hosts        []string       // further names the server may be called by
	PublicURL    string         // where people reach the server, for links; empty: where it listens
	Trusted      []netip.Prefix // peers whom the router believes for whom they speak
	StagesAtOnce int            // stages that run at the same time; 0: twice the cores, at least 4
	Pass         []string       // variables of the server that stages see too
	Log          *slog.Logger
	Evaluation   Evaluation

	// AcceptHead opens a journal that does not end where the kept head says,
	// after somebody has looked at it. That is noted in the journal.
	AcceptHead bool

	// BeforeWrite and AfterWrite are called around each commit of the store.
	// Tests use them to end the process there.
	BeforeWrite, AfterWrite func(n int64)
}

// stateFile is the database in the data folder.
const stateFile = "state.db"

// App is an assembled server.
type App struct {
	options   Options
	lock      *store.FolderLock
	store     *store.Store
	telemetry *telemetry.DB
	source    *source.Repositories
	registry  *artifact.Registry
	sealer    *secret.Sealer
	channels  Channels
	runner    *runner.Runner
	process   *process.Target
	router    *router.Client
	engine    *engine.Engine
	flags     *exposure.Book
	studies   *study.Shelf
	server    *server.Server
	listener  net.Listener
	opened    []net.Listener // flagd's own ports
	recovered atomic.Bool    // the engine has taken up what an earlier server left
	closers   []func() error
}

// Open takes the data folder, opens everything in it and listens. Nothing moves
// before Serve. A folder that another server holds is refused.
func Open(ctx context.Context, o Options) (*App, error) {
	a := &App{options: o}
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *App) open(ctx context.Context) (err error) {
	o := a.options
	facts, err := readFacts(o.Evaluation.Context)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	if a.lock, err = takeFolder(ctx, o.Data); err != nil {
		return err
	}
	a.closers = append(a.closers, a.lock.Unlock)
	if a.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", o.Listen); err != nil {
		return fmt.Errorf("listen on %s: %w", o.Listen, err)
	}
	if a.store, err = store.Open(ctx, store.Options{Path: a.path(stateFile), AcceptHead: o.AcceptHead, BeforeWrite: o.BeforeWrite, AfterWrite: o.AfterWrite}); err != nil {
		return err
	}
	a.closers = append(a.closers, a.store.Close)
	a.telemetry, err = telemetry.Open(ctx, a.path("telemetry"), telemetry.Options{Trouble: func(err error) {
		o.Log.WarnContext(ctx, "telemetry", "err", err)
	}})
	if err != nil {
		return err
	}
	a.closers = append(a.closers, a.telemetry.Close)
	if err := a.openAdapters(ctx); err != nil {
		return err
	}
	if err := adminToken(ctx, a.store, o.Data); err != nil {
		return err
	}
	token, err := router.ProbeToken(o.Data)
	if err != nil {
		return err
	}
	a.channels = NewChannels(a.store, a.sealer, a.pageURL(), o.Log)
	a.studies = study.New(a.path("studies"))
	a.closers = append(a.closers, a.studies.Close)
	a.flags = exposure.New(exposure.Ports{
		Keeper: a.store, Environments: a.environments, Folder: a.path("flags"), Context: facts.of, Log: o.Log,
		Tagger: a.router, Telemetry: a.telemetry, Studies: a.studies, Deployment: a.deployment,
	})
	a.engine = engine.New(a.ports(token))
	page, err := web.New(web.Files())
	if err != nil {
		return err
	}
	key, err := a.streamKey()
	if err != nil {
		return err
	}
	a.server = server.New(a.serverOptions(page, key))
	return a.openFlagdPorts(ctx)
}

func (a *App) path(name string) string { return filepath.Join(a.options.Data, name) }

// openAdapters opens what knows the outside.
func (a *App) openAdapters(ctx context.Context) (err error) {
	o := a.options
	a.source, err = source.Open(ctx, a.path("repos"), source.Options{Executable: o.Executable, HookURL: a.URL() + api.HookBase, CheckFirst: true})
	if err != nil {
		return err
	}
	if a.registry, err = artifact.Open(a.path("registry"), artifact.Options{}); err != nil {
		return err
	}
	if a.sealer, err = secret.Open(a.path("keys"), secret.Options{}); err != nil {
		return err
	}
	if a.runner, err = runner.New(o.Data, runner.Options{Pass: o.Pass, Places: o.StagesAtOnce}); err != nil {
		return err
	}
	a.closers = append(a.closers, a.runner.Close)
	a.process = process.New(process.Options{
		Data: o.Data, Executable: o.Executable, Unpack: a.unpack, Secrets: a.secrets().Values, Log: o.Log,
		Report: a.report,
	})
	a.closers = append(a.closers, func() error { a.process.Close(); return nil })
	a.router, err = router.Ensure(ctx, RouterOptions(o.Data, o.RouterListen, o.Executable, o.Version, o.Trusted))
	if err != nil {
		return fmt.Errorf("start the router: %w", err)
	}
	return nil
}

func (a *App) secrets() secrets { return secrets{a.store, a.sealer} }

// ports hands the adapters to the engine.
func (a *App) ports(probeToken string) engine.Ports {
	return engine.Ports{
		Keeper:    a.store,
		Source:    repositories{a.source},
		Stages:    stages{a.runner, a.source, a.options.Log, a.secrets().Values},
		Packer:    packer{a.path("work/pack"), a.source, a.runner, a.registry},
		Targets:   a.targets(),
		Router:    traffic{a.router},
		Telemetry: a.telemetry,
		Checks:    checks{gate.Builtin(), a.options.RouterListen, probeToken, a.flags, a.options.Log},
		Known:     Known(),
		Log:       a.options.Log,
	}
}

// serverOptions hands the adapters to the server.
func (a *App) serverOptions(page http.Handler, streamKey []byte) server.Options {
	p := pushes{a.source, a.engine, flagFiles{a.source, a.flags, a.options.Log}}
	return server.Options{
		Records: a.store, Tokens: credentials{a.store}, Memory: memory{a.store}, Sessions: credentials{a.store},
		Delivery: delivery{a.engine, a.source}, Steering: steering{a.engine, a.store}, Quarantine: a.engine,
		Logs: logs{a.store, a.runner, a.process}, World: world{a.process, a.router, a.routerURL(), a.engine}, Measures: measures{a.store, a.telemetry, a.engine},
		Ramps: ramps{a.flags}, Experiments: experiments{a.flags, a.studies}, Events: events{a.flags},
		Secrets: a.secrets(), Channels: a.channels, Pushes: p, Flags: NewFlags(a.flags), Evaluation: a.evaluation(streamKey),
		Git: a.source.Handler(server.GitAccess, p.heard), Registry: a.registry.Handler(), Page: page,
		Replay: a.replay, Head: a.head, Ready: a.notReady,
		Version: a.options.Version, Hosts: a.options.Hosts, URL: a.hostURL, Log: a.options.Log,
		Now: a.engine.Now,
	}
}

// Link makes the address that opens the page once, as the owner of the admin
// token in the data folder; empty if that token is not there any more.
func (a *App) Link() string {
	secret, err := os.ReadFile(a.path(TokenFile))
	if err != nil {
		return ""
	}
	return a.URL() + a.server.Link(access.HashToken(strings.TrimSpace(string(secret)))).Path
}

// URL is where the server listens.
func (a *App) URL() string { return "http://" + a.listener.Addr().String() }

// pageURL is where people reach the server.
func (a *App) pageURL() string {
	if a.options.PublicURL != "" {
		return strings.TrimRight(a.options.PublicURL, "/")
	}
	return a.URL()
}

func (a *App) routerURL() string { return "http://" + a.options.RouterListen }

// hostURL is where a host is reached through the router.
func (a *App) hostURL(host string) string {
	_, port, err := net.SplitHostPort(a.options.RouterListen)
	if err != nil {
		return ""
	}
	return "http://" + net.JoinHostPort(host, port)
}

// Serve recovers what an earlier server left and serves until ctx ends. What is
// under way then goes on at the next start; services and router go on meanwhile.
func (a *App) Serve(ctx context.Context) error {
	working, stop := context.WithCancel(ctx)
	defer stop()
	if err := a.runner.Recover(working); err != nil {
		a.options.Log.WarnContext(ctx, "recover stages", "err", err)
	}
	if err := a.process.Recover(working); err != nil {
		return fmt.Errorf("adopt running instances: %w", err)
	}
	var pumping sync.WaitGroup
	pumping.Go(func() {
		pump{a.router, a.telemetry, []func(int64){a.engine.SecondDone, a.flags.SecondDone}, a.options.Log}.run(working)
	})
	pumping.Go(func() { a.housekeep(working) })
	pumping.Go(func() { a.channels.courier.Run(working) })
	if err := a.flags.Start(working); err != nil {
		stop()
		pumping.Wait()
		return err
	}
	if err := a.engine.Start(working); err != nil {
		stop()
		a.flags.Wait()
		pumping.Wait()
		return err
	}
	a.followFiles(working)
	a.recovered.Store(true)
	for _, l := range a.opened {
		pumping.Go(func() {
			if err := a.server.ServeOpen(working, l, a.options.Evaluation.Open); err != nil {
				a.options.Log.ErrorContext(ctx, "serve flagd's ports", "address", l.Addr(), "err", err)
			}
		})
	}
	err := a.server.Serve(ctx, a.listener)
	stop()
	a.engine.Wait()
	a.flags.Wait()
	pumping.Wait()
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// Close releases what Open took, newest first.
func (a *App) Close() error {
	var failed error
	if a.listener != nil {
		if err := a.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			failed = err
		}
	}
	for _, v := range slices.Backward(a.closers) {
		failed = errors.Join(failed, v())
	}
	a.closers = nil
	return failed
}
