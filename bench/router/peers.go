package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/router"
)

// peer is a router under test.
type peer struct {
	name    string
	address string
	pid     int // root of its process tree; 0: none, the backend itself
	stop    func()
}

var errAbsent = errors.New("absent")

// start runs a program that listens on the returned address.
func start(ctx context.Context, dir, address, program string, env []string, args ...string) (*exec.Cmd, error) {
	log, err := os.Create(filepath.Join(dir, filepath.Base(program)+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), env...), log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return cmd, await(ctx, address, log.Name())
}

func await(ctx context.Context, address, log string) error {
	for range 500 {
		if c, err := net.Dial("tcp", address); err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(10 * time.Millisecond):
		}
	}
	b, _ := os.ReadFile(log)
	return fmt.Errorf("nothing listens on %s\n%s", address, b)
}

func freeAddress() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// find returns a program's path: that of the variable, else the one in PATH.
func find(variable, name string) (string, error) {
	if p := os.Getenv(variable); p != "" {
		return p, nil
	}
	p, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s: %w (set %s or put it into PATH)", name, errAbsent, variable)
	}
	return p, nil
}

func (b *bench) haproxy(ctx context.Context) (*peer, error) {
	program, err := find("HAPROXY", "haproxy")
	if err != nil {
		return nil, err
	}
	address := freeAddress()
	conf := filepath.Join(b.dir, "haproxy.cfg")
	text := fmt.Sprintf(`global
  maxconn 8192
defaults
  mode http
  timeout connect 2s
  timeout client 75s
  timeout server 60s
  timeout http-request 10s
  option http-keep-alive
  option forwardfor
  http-reuse always
frontend f
  bind %s
  default_backend b
backend b
  server s %s maxconn 4096
`, address, b.backend)
	return b.program(ctx, "HAProxy", program, address, conf, text, "-db", "-f", conf)
}

func (b *bench) nginx(ctx context.Context) (*peer, error) {
	program, err := find("NGINX", "nginx")
	if err != nil {
		return nil, err
	}
	address := freeAddress()
	conf := filepath.Join(b.dir, "nginx.conf")
	text := fmt.Sprintf(`daemon off; worker_processes 2; pid %[1]s/nginx.pid; error_log %[1]s/nginx.err;
events { worker_connections 4096; }
http {
  access_log off; client_body_buffer_size 64k; client_body_temp_path %[1]s/t1; proxy_temp_path %[1]s/t2; fastcgi_temp_path %[1]s/t3; uwsgi_temp_path %[1]s/t4; scgi_temp_path %[1]s/t5;
  keepalive_requests 100000000;
  upstream b { server %[2]s; keepalive 256; keepalive_requests 100000000; }
  server { listen %[3]s; location / { proxy_pass http://b; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr; } }
}
`, b.dir, b.backend, address)
	return b.program(ctx, "nginx", program, address, conf, text, "-c", conf, "-p", b.dir)
}

func (b *bench) caddy(ctx context.Context) (*peer, error) {
	program, err := find("CADDY", "caddy")
	if err != nil {
		return nil, err
	}
	address := freeAddress()
	conf := filepath.Join(b.dir, "Caddyfile")
	text := fmt.Sprintf("{\n admin off\n auto_https off\n}\nhttp://%s {\n reverse_proxy %s\n}\n", address, b.backend)
	return b.program(ctx, "Caddy", program, address, conf, text, "run", "--config", conf, "--adapter", "caddyfile")
}

func (b *bench) kamal(ctx context.Context) (*peer, error) {
	program, err := find("KAMAL_PROXY", "kamal-proxy")
	if err != nil {
		return nil, err
	}
	address := freeAddress()
	_, port, _ := net.SplitHostPort(address)
	p, err := b.program(ctx, "kamal-proxy", program, address, filepath.Join(b.dir, "kamal"), "", "run", "--http-port", port)
	if err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, program, "deploy", "bench", "--target", b.backend, "--host", "shop.localhost", "--health-check-path", "/").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("kamal-proxy deploy: %w: %s", err, out)
	}
	return p, nil
}

func (b *bench) program(ctx context.Context, name, program, address, conf, text string, args ...string) (*peer, error) {
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd, err := start(ctx, b.dir, address, program, nil, args...)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &peer{name: name, address: address, pid: cmd.Process.Pid, stop: func() { cancel(); _ = cmd.Wait() }}, nil
}

// davit starts the router with all its features on: a split, the log, counts.
func (b *bench) davit(ctx context.Context) (*peer, error) {
	_, p, err := b.router(ctx, "Davit, all features", true)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// router starts ours with an even split between two backends.
func (b *bench) router(ctx context.Context, name string, log bool) (*router.Client, *peer, error) {
	data, err := os.MkdirTemp(b.dir, "data")
	if err != nil {
		return nil, nil, err
	}
	opts := router.Options{
		Data: data, Listen: freeAddress(), Version: "bench",
		Executable: b.self, WorkerArgs: []string{"worker"}, HolderArgs: []string{"holder"},
	}
	if log {
		opts.AccessLog = filepath.Join(data, "access.log")
	}
	role, err := json.Marshal(opts)
	if err != nil {
		return nil, nil, err
	}
	opts.Env = []string{roleKey + "=" + string(role)}
	ctx, cancel := context.WithCancel(ctx)
	cmd, err := start(ctx, b.dir, opts.Listen, b.self, opts.Env, "holder")
	if err != nil {
		cancel()
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	p := &peer{name: name, address: opts.Listen, pid: cmd.Process.Pid, stop: func() { cancel(); _ = cmd.Wait() }}
	c := router.NewClient(data)
	return c, p, c.Put(ctx, b.route(1, 5000))
}

// route splits between the stable and the new version.
func (b *bench) route(revision uint64, share davit.Weight) davit.Route {
	return davit.Route{
		Service: "shop", Environment: "production", Epoch: 1, Revision: revision, Hosts: []string{"shop.localhost"}, Salt: "shop/1/",
		Sticky: davit.Sticky{Header: "X-User"},
		Versions: []davit.RouteVersion{
			{Release: "shop-1", Weight: davit.Full - share, Backends: []davit.Backend{{Instance: "old", Address: b.backend}}},
			{Release: "shop-2", New: true, Weight: share, Backends: []davit.Backend{{Instance: "new", Address: b.second}}},
		},
	}
}

// reverse is the standard library's proxy, with nothing added but GOGC 400: what
// ours would cost without its own client.
func reverse(target string) http.Handler {
	u := &url.URL{Scheme: "http", Host: target}
	return &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(u); r.SetXForwarded() },
		Transport: &http.Transport{MaxIdleConnsPerHost: 1024, DisableCompression: true},
	}
}

func (b *bench) reverse(ctx context.Context) (*peer, error) {
	address := freeAddress()
	ctx, cancel := context.WithCancel(ctx)
	cmd, err := start(ctx, b.dir, address, b.self, []string{roleKey + "=reverse", "GOGC=400"}, address, b.backend)
	if err != nil {
		cancel()
		return nil, err
	}
	return &peer{name: "Go ReverseProxy", address: address, pid: cmd.Process.Pid, stop: func() { cancel(); _ = cmd.Wait() }}, nil
}
