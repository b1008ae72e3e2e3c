package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bench is one run.
type bench struct {
	rounds  int
	time    time.Duration
	rate    int
	path    string
	fresh   bool
	only    string
	dir     string
	self    string
	backend string // addresses of the two backends
	second  string
	stops   []func()
}

// prepare makes a folder and starts the backends.
func (b *bench) prepare(ctx context.Context) (err error) {
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "davit-bench"); err != nil {
		return err
	}
	b.stops = append(b.stops, func() { _ = os.RemoveAll(b.dir) })
	for _, at := range []*string{&b.backend, &b.second} {
		*at = freeAddress()
		name := map[bool]string{true: "old", false: "new"}[at == &b.backend]
		ctx, cancel := context.WithCancel(ctx)
		cmd, err := start(ctx, b.dir, *at, b.self, []string{roleKey + "=backend"}, *at, name)
		if err != nil {
			cancel()
			return err
		}
		b.stops = append(b.stops, func() { cancel(); _ = cmd.Wait() })
	}
	return nil
}

func (b *bench) finish() {
	for _, stop := range slices.Backward(b.stops) {
		stop()
	}
}

// measure is what one router did in one round.
type measure struct {
	requests  float64
	perSecond float64
	user, sys float64 // µs of CPU for a request
	p50, p99  string
}

func (m measure) cpu() float64 { return m.user + m.sys }

// table measures all routers in interleaved rounds and prints the medians.
func (b *bench) table(ctx context.Context) error {
	wrk, err := find("WRK", "wrk")
	if err != nil {
		return err
	}
	defer b.finish()
	if err := b.prepare(ctx); err != nil {
		return err
	}
	peers := []*peer{{name: "direct", address: b.backend, stop: func() {}}}
	for name, start := range map[string]func(context.Context) (*peer, error){
		"1 haproxy": b.haproxy, "2 nginx": b.nginx, "3 kamal": b.kamal, "4 caddy": b.caddy, "5 reverse": b.reverse, "6 davit": b.davit,
	} {
		if b.only != "" && !strings.Contains(name+" haproxy", b.only) {
			continue
		}
		p, err := start(ctx)
		if errors.Is(err, errAbsent) {
			fmt.Println("SKIPPED:", err)
			continue
		}
		if err != nil {
			return err
		}
		b.stops = append(b.stops, p.stop)
		peers = append(peers, p)
	}
	slices.SortFunc(peers, func(x, y *peer) int { return strings.Compare(x.name, y.name) })
	got := map[string][]measure{}
	for round := range b.rounds + 1 {
		for _, p := range peers {
			d := b.time
			if round == 0 {
				d = time.Second // warm-up
			}
			m, err := b.load(ctx, wrk, p, d)
			if err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			if round > 0 {
				got[p.name] = append(got[p.name], m)
			}
		}
	}
	b.print(peers, got)
	return nil
}

var (
	requestsLine = regexp.MustCompile(`(\d+) requests in`)
	perSecond    = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
	latencies    = regexp.MustCompile(`(?m)^\s+(50|99)%\s+(\S+)`)
	errorLines   = regexp.MustCompile(`(?m)^\s+(Non-2xx.*|Socket errors.*)$`)
)

const postScript = `wrk.method = "POST"; wrk.path = "/post"; wrk.body = string.rep("x", 16384)
`

// load runs wrk against a router.
func (b *bench) load(ctx context.Context, wrk string, p *peer, d time.Duration) (measure, error) {
	args := []string{"-t1", "-c32", "--latency", "-d" + strconv.Itoa(int(max(d, time.Second).Seconds())) + "s", "-H", "Host: shop.localhost"}
	path := b.path
	if path == "post" {
		script := filepath.Join(b.dir, "post.lua")
		if err := os.WriteFile(script, []byte(postScript), 0o600); err != nil {
			return measure{}, err
		}
		args, path = append(args, "-s", script), "/"
	}
	before := cpuOf(p.pid)
	out, err := exec.CommandContext(ctx, wrk, append(args, "http://"+p.address+path)...).CombinedOutput()
	if err != nil {
		return measure{}, fmt.Errorf("wrk: %w: %s", err, out)
	}
	after := cpuOf(p.pid)
	if bad := errorLines.Find(out); bad != nil {
		fmt.Printf("%s: %s\n", p.name, bytes.TrimSpace(bad))
	}
	var m measure
	if f := requestsLine.FindSubmatch(out); f != nil {
		m.requests, _ = strconv.ParseFloat(string(f[1]), 64)
	}
	if f := perSecond.FindSubmatch(out); f != nil {
		m.perSecond, _ = strconv.ParseFloat(string(f[1]), 64)
	}
	for _, f := range latencies.FindAllSubmatch(out, -1) {
		if string(f[1]) == "50" {
			m.p50 = string(f[2])
		} else {
			m.p99 = string(f[2])
		}
	}
	if m.requests == 0 {
		return m, fmt.Errorf("no request was answered:\n%s", out)
	}
	m.user = (after[0] - before[0]) / m.requests
	m.sys = (after[1] - before[1]) / m.requests
	return m, nil
}

// cpuOf returns the µs of user and system time of a process and all below it.
func cpuOf(pid int) (sum [2]float64) {
	if pid == 0 {
		return sum
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return sum
	}
	const tick = 10_000 // µs; USER_HZ is 100
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	for i := range sum {
		n, _ := strconv.ParseFloat(f[11+i], 64)
		sum[i] = n * tick
	}
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, t := range tasks {
		b, _ := os.ReadFile(t)
		for c := range strings.FieldsSeq(string(b)) {
			n, _ := strconv.Atoi(c)
			below := cpuOf(n)
			sum[0], sum[1] = sum[0]+below[0], sum[1]+below[1]
		}
	}
	return sum
}

// print writes the medians; the ratio to HAProxy is the median of the rounds'
// ratios.
func (b *bench) print(peers []*peer, got map[string][]measure) {
	load, _ := os.ReadFile("/proc/loadavg")
	what := "GET " + b.path
	if b.path == "post" {
		what = "POST of 16 KiB"
	}
	fmt.Printf("\n%s, wrk -t1 -c32, %d rounds of %s, medians; load average %s\n", what, b.rounds, b.time, strings.TrimSpace(string(load)))
	fmt.Println("| router | requests/s | p50 | p99 | **CPU µs/request** | user / sys | × HAProxy (rounds) |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for _, p := range peers {
		ms := got[p.name]
		median := func(of func(measure) float64) float64 {
			var v []float64
			for _, m := range ms {
				v = append(v, of(m))
			}
			slices.Sort(v)
			return v[len(v)/2]
		}
		var ratios []float64
		for i, h := range got["HAProxy"] {
			ratios = append(ratios, ms[i].cpu()/h.cpu())
		}
		slices.Sort(ratios)
		ratio := "–"
		if len(ratios) > 0 && p.pid != 0 {
			ratio = fmt.Sprintf("**%.2f** (%.2f … %.2f)", ratios[len(ratios)/2], ratios[0], ratios[len(ratios)-1])
		}
		mid := ms[len(ms)/2]
		fmt.Printf("| %s | %.0f | %s | %s | **%.1f** | %.1f / %.1f | %s |\n", p.name, median(func(m measure) float64 { return m.perSecond }),
			mid.p50, mid.p99, median(measure.cpu), median(func(m measure) float64 { return m.user }), median(func(m measure) float64 { return m.sys }), ratio)
	}
}
