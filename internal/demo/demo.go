package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/davit-cd/davit/internal/api"
)

// Options says how the demo runs.
type Options struct {
	Data       string        // folder; empty: a fresh one that is removed at the end of --exit
	Exit       bool          // end after the closing table
	JSON       bool          // the table as JSON
	Terminal   bool          // Out is a terminal
	Rate       int           // requests a second; 0: 800
	Within     time.Duration // that one push may take; 0: 90 s
	Executable string
	Out        io.Writer
}

const (
	usualWithin = 90 * time.Second
	usualRate   = 800
)

// Run tells the story. The exit code is 0 if all of it came true.
func Run(ctx context.Context, o Options) (int, error) {
	if o.Rate <= 0 {
		o.Rate = usualRate
	}
	if o.Within <= 0 {
		o.Within = usualWithin
	}
	fresh := o.Data == ""
	if fresh {
		dir, err := os.MkdirTemp("", "davit-demo-")
		if err != nil {
			return 1, fmt.Errorf("make data folder: %w", err)
		}
		o.Data = dir
	} else if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return 1, fmt.Errorf("make data folder: %w", err)
	}
	s := newScreen(o)
	s.head("A server and a router start, with their data in %s.", o.Data)
	c, err := startServer(ctx, o.Executable, o.Data)
	if c != nil && c.cmd.Process != nil {
		defer func() {
			s.head("Server, services and router are stopped.")
			// The demo's context may be over: stopping in order must not be.
			stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
			defer cancel()
			if err := c.stop(stopping); err != nil {
				s.head("%v", err)
			}
			if fresh && o.Exit {
				_ = os.RemoveAll(o.Data)
			}
		}()
	}
	if err != nil {
		return 1, err
	}
	s.page(ctx, c)
	results, err := tell(ctx, o, c, s)
	if err != nil {
		return 1, err
	}
	s.table(results)
	code := 0
	for _, r := range results {
		if r.Wrong != "" {
			code = 1
		}
	}
	if o.Exit || ctx.Err() != nil {
		return code, nil
	}
	s.head("The server stays up: %s (admin token in %s)", c.client.URL, filepath.Join(o.Data, "admin.token"))
	s.page(ctx, c)
	s.head("The shop is at http://shop.localhost:%s", port(c.router))
	s.head("Try: davit --server %s --data %s status    Stop with Ctrl-C.", c.client.URL, o.Data)
	select {
	case <-ctx.Done():
	case <-c.ended:
		return 1, fmt.Errorf("the server ended: %w\n%s", errors.Join(c.how), c.lastLog())
	}
	return code, nil
}

func port(address string) string { return address[strings.LastIndexByte(address, ':')+1:] }

// tell pushes the story under load and returns what came of each push.
func tell(ctx context.Context, o Options, c *child, s *screen) ([]result, error) {
	repo, err := newRepository(ctx, filepath.Join(o.Data, "shop"), c)
	if err != nil {
		return nil, err
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go s.follow(watching, c.client)
	traffic := newLoad(c.router, "shop.localhost", o.Rate)
	var results []result
	for i, p := range story() {
		s.chapter(i+1, p.name)
		r, err := tellOne(ctx, c, repo, traffic, p, o.Within)
		if err != nil {
			return results, err
		}
		results = append(results, r)
		if i == 0 { // users come when there is something to come to
			loading, end := context.WithCancel(ctx)
			defer end()
			s.watchLoad(traffic)
			go traffic.run(loading)
			s.head("%d requests a second now reach the shop through the router.", o.Rate)
		}
	}
	return results, nil
}

// result is what came of one push.
type result struct {
	Push     string  `json:"push"`
	Commit   string  `json:"commit"`
	Outcome  string  `json:"outcome"` // promoted, rolled back, stopped
	By       string  `json:"decided_by"`
	Why      string  `json:"why"`
	Seconds  float64 `json:"seconds"`
	Bad      int64   `json:"bad_answers"`
	Switched int64   `json:"failed_by_switching"`
	Wrong    string  `json:"wrong,omitempty"` // what did not come true
}

func tellOne(ctx context.Context, c *child, repo *repository, traffic *load, p push, within time.Duration) (result, error) {
	if err := p.apply(repo.dir); err != nil {
		return result{}, err
	}
	bad, switched := traffic.bad.Load(), traffic.switched.Load()
	begun := time.Now()
	commit, err := repo.push(ctx, strings.ToUpper(p.name[:1])+p.name[1:])
	if err != nil {
		return result{}, err
	}
	run, err := awaitRun(ctx, c.client, commit, within)
	if err != nil {
		return result{}, fmt.Errorf("%s: %w", p.name, err)
	}
	r := result{Push: p.name, Commit: commit, Seconds: time.Since(begun).Seconds(), Why: run.Why}
	if err := r.judge(ctx, c.client, run); err != nil {
		return r, err
	}
	r.Bad, r.Switched = traffic.bad.Load()-bad, traffic.switched.Load()-switched
	r.compare(ctx, c.client, p.want, run)
	return r, nil
}

// awaitRun waits until the run of a commit is over.
func awaitRun(ctx context.Context, client *api.Client, commit string, within time.Duration) (api.Run, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		var page api.Page[api.Run]
		if err := client.Call(ctx, "list-runs", api.Params{"limit": "5"}, nil, &page); err != nil && ctx.Err() == nil {
			return api.Run{}, err
		}
		for _, run := range page.Items {
			if run.Commit == commit && run.Final {
				return run, nil
			}
		}
		select {
		case <-ctx.Done():
			return api.Run{}, fmt.Errorf("not over after %s (on a slow machine: davit demo --rate 200 --within 10m): %w", within, context.Cause(ctx))
		case <-time.After(50 * time.Millisecond):
		}
	}
}
