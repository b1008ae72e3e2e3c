package app_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/app"
	"github.com/davit-cd/davit/internal/cli"
)

// The test binary is davit and the service that davit deploys, too: what it is
// follows from its first argument, since not every process that davit starts
// gets its environment.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		switch os.Args[1] {
		case "service":
			os.Exit(beService())
		case "server":
			os.Exit(beServer(os.Args[2:]))
		}
		os.Exit(cli.Main(os.Args[1:]))
	}
	// The scenarios mostly wait, for processes and for the judge: more of them
	// at a time than there are cores, unless the caller says otherwise.
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f != nil && f.Value.String() == f.DefValue {
		_ = f.Value.Set("4")
	}
	os.Exit(m.Run())
}

// Variables that say how a server under test ends, and where it counts its
// writes.
const (
	endsAt     = "DAVIT_TEST_ENDS" // "KILL before 7": signal, side, number of the write
	countsInto = "DAVIT_TEST_COUNT"
)

// beServer is `davit server` with an end at a given write.
func beServer(args []string) int {
	f := flag.NewFlagSet("server", flag.ExitOnError)
	data, listen, routes := f.String("data", "", ""), f.String("listen", "", ""), f.String("router", "", "")
	_ = f.Parse(args)
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	o := app.Options{
		Data: *data, Listen: *listen, RouterListen: *routes, Executable: self, Version: api.Version{Version: "test"},
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}
	if at := os.Getenv(endsAt); at != "" {
		endAtWrite(&o, at)
	} else if file := os.Getenv(countsInto); file != "" {
		o.AfterWrite = func(int64) { note(file) }
	}
	_ = os.Unsetenv(endsAt)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	a, err := app.Open(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "davit:", err)
		return 1
	}
	err = a.Serve(ctx)
	if closing := a.Close(); err == nil {
		err = closing
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "davit:", err)
		return 1
	}
	return 0
}

// note makes a file one byte longer.
func note(file string) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = f.Write([]byte("."))
}

// endAtWrite has the process send itself a signal around one write.
func endAtWrite(o *app.Options, at string) {
	var name, side string
	var number int64
	if _, err := fmt.Sscan(at, &name, &side, &number); err != nil {
		panic(err)
	}
	end := func(n int64) {
		if n != number {
			return
		}
		// The file tells the test that the write was reached.
		_ = os.WriteFile(filepath.Join(o.Data, reached), nil, 0o600)
		if name == "TERM" {
			_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
			return
		}
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	if side == "before" {
		o.BeforeWrite = end
	} else {
		o.AfterWrite = end
	}
}

// reached is the file that says that a server has come to the write at which it
// was to end.
const reached = "test-reached"
