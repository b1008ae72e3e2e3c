package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/davit-cd/davit/bench/router/mix"
	"github.com/davit-cd/davit/internal/router"
)

// roleKey says which part a process started by the bench plays.
const roleKey = "DAVIT_BENCH_ROLE"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if role := os.Getenv(roleKey); role != "" {
		exit(play(ctx, role))
	}
	var b bench
	switches := flag.Bool("switches", false, "count what 100 weight switches lose")
	upgrades := flag.Bool("upgrades", false, "count what 20 upgrades lose")
	kills := flag.Bool("kills", false, "count what 20 kills of the worker lose")
	flag.IntVar(&b.rounds, "rounds", 5, "interleaved rounds")
	flag.DurationVar(&b.time, "time", 4*time.Second, "of one round for one router")
	flag.IntVar(&b.rate, "rate", 1000, "requests a second, for the losses")
	flag.StringVar(&b.path, "path", "/", "what is asked for: /, /b?n=102400, or post for a POST of 16 KiB")
	flag.BoolVar(&b.fresh, "fresh", false, "a new connection for each request, for the losses")
	flag.StringVar(&b.only, "only", "", "one router by name")
	flag.Parse()
	switch {
	case *switches:
		exit(b.losses(ctx, "switches"))
	case *upgrades:
		exit(b.losses(ctx, "upgrades"))
	case *kills:
		exit(b.losses(ctx, "kills"))
	default:
		exit(b.table(ctx))
	}
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// play is the main of the processes that the bench starts.
func play(ctx context.Context, role string) error {
	if role == "backend" {
		return serve(ctx, os.Args[1], mix.Backend(os.Args[2]))
	}
	if role == "reverse" {
		return serve(ctx, os.Args[1], reverse(os.Args[2]))
	}
	var opts router.Options
	if err := json.Unmarshal([]byte(role), &opts); err != nil {
		return fmt.Errorf("role: %w", err)
	}
	opts.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	if os.Args[1] == "worker" {
		return router.Work(ctx, opts)
	}
	return router.Hold(ctx, opts)
}

func serve(ctx context.Context, address string, h http.Handler) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		_ = srv.Close()
	}()
	_ = srv.Serve(l)
	return nil
}
