package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/app"
	"github.com/davit-cd/davit/internal/demo"
)

// builtin returns the programs of this build.
func builtin() Programs {
	return Programs{
		Serve: serve, Router: route, Down: app.Down, Launch: app.Launch, Static: app.Static,
		Known: app.Known, Outline: app.Outline, Demo: tellDemo,
	}
}

// urlFile is where a server notes its address, so that commands on the same
// machine find it.
const urlFile = "server.url"

// serve runs the control plane until ctx ends.
func serve(ctx context.Context, o ServeOptions) (err error) {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	a, err := app.Open(ctx, app.Options{
		Data: o.Data, Listen: o.Listen, RouterListen: o.Router, Executable: self, Version: buildVersion(), Hosts: o.Hosts, PublicURL: o.PublicURL,
		Pass: o.Pass, Trusted: o.Trusted, AcceptHead: o.Accept, Evaluation: o.Flags,
		Log: slog.New(slog.NewTextHandler(o.Err, nil)),
	})
	if errors.Is(err, syscall.EADDRINUSE) {
		return &davit.Error{Kind: davit.Conflict, Text: err.Error(), Hint: "another program listens there: --listen and --router take other addresses, davit doctor looks at both"}
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := os.WriteFile(filepath.Join(o.Data, urlFile), []byte(a.URL()+"\n"), 0o600); err != nil {
		return fmt.Errorf("note the address: %w", err)
	}
	fmt.Fprintf(o.Out, "davit serves at %s, services at http://%s\nadmin token: %s\n", a.URL(), o.Router, filepath.Join(o.Data, app.TokenFile))
	if link := a.Link(); link != "" {
		fmt.Fprintf(o.Out, "open the page, once and within 10 minutes: %s (later: davit open)\n", link)
	}
	return a.Serve(ctx)
}

// route runs the data plane until ctx ends.
func route(ctx context.Context, o RouterOptions) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	opts := app.RouterOptions(o.Data, o.Listen, self, buildVersion(), o.Trusted)
	opts.Log = slog.New(slog.NewTextHandler(o.Err, nil))
	return app.Route(ctx, opts, o.Worker)
}

// tellDemo runs the demo with this program as server, router and launcher.
func tellDemo(ctx context.Context, o DemoOptions) (int, error) {
	self, err := os.Executable()
	if err != nil {
		return 1, fmt.Errorf("find this program: %w", err)
	}
	return demo.Run(ctx, demo.Options{Data: o.Data, Exit: o.Exit, Rate: o.Rate, Within: o.Within, JSON: o.JSON, Terminal: o.Terminal, Executable: self, Out: o.Out})
}
