package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// child is a server in a process of its own.
type child struct {
	started
	pid int
	end func()
}

func start(role string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "-role", role)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{pid: cmd.Process.Pid, end: func() { _ = in.Close(); _ = cmd.Wait() }}
	return c, json.NewDecoder(out).Decode(&c.started)
}

// used is the CPU time of the process so far, in clock ticks of 10 ms.
func (c *child) used() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+2:]))
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err1 != nil || err2 != nil {
		return 0, fmt.Errorf("read the CPU time of %d: %q", c.pid, b)
	}
	return time.Duration(user+system) * 10 * time.Millisecond, nil
}

// ask asks one question over and over on 16 connections, and returns the CPU
// time that each answer took the server.
func (c *child) ask(path string, each time.Duration) (time.Duration, error) {
	host := strings.TrimPrefix(c.URL, "http://")
	question := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, host, c.Token, len(asker), asker)
	before, err := c.used()
	if err != nil {
		return 0, err
	}
	var answered atomic.Int64
	var failed atomic.Pointer[error]
	var asking sync.WaitGroup
	for range 16 {
		asking.Go(func() {
			if err := repeat(host, question, time.Now().Add(each), &answered); err != nil {
				failed.Store(&err)
			}
		})
	}
	asking.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	after, err := c.used()
	return (after - before) / time.Duration(max(answered.Load(), 1)), err
}

func repeat(host, question string, until time.Time, answered *atomic.Int64) error {
	conn, err := net.Dial("tcp", host)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	for time.Now().Before(until) {
		if _, err := io.WriteString(conn, question); err != nil {
			return err
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %d %s", strings.SplitN(question, "\r", 2)[0], res.StatusCode, body)
		}
		answered.Add(1)
	}
	return nil
}

func measure(rounds int, each time.Duration, streams int) error {
	fmt.Printf("load average %s; %s, %d cores\n\n", load(), runtime.Version(), runtime.NumCPU())
	davit, err := start("davit")
	if err != nil {
		return err
	}
	defer davit.end()
	flagd, err := start("flagd")
	if err != nil {
		return err
	}
	defer flagd.end()
	bare, err := start("flagd-bare")
	if err != nil {
		return err
	}
	defer bare.end()
	fmt.Println("| one request by OFREP: the server's CPU time | Davit | flagd | flagd without its middleware | Davit answers so many times as many per CPU second |\n|---|---|---|---|---|")
	const one = "/ofrep/v1/evaluate/flags/"
	for _, q := range []struct{ name, path string }{{"no rule", one + "simple"}, {"three conditions", one + "rule3"}, {"split", one + "split"}, {"all three", one[:len(one)-1]}} {
		times := map[*child][]time.Duration{}
		for range rounds + 1 {
			for _, c := range []*child{davit, flagd, bare} {
				took, err := c.ask(q.path, each)
				if err != nil {
					return err
				}
				times[c] = append(times[c], took)
			}
		}
		a, b, c := median(times[davit][1:]), median(times[flagd][1:]), median(times[bare][1:])
		fmt.Printf("| %s | %.1f µs | %.1f µs | %.1f µs | %.2f (%.2f) |\n", q.name, micro(a), micro(b), micro(c), float64(b)/float64(a), float64(c)/float64(a))
	}
	fmt.Println()
	if err := follow(davit, streams, 100); err != nil {
		return err
	}
	fmt.Printf("\nload average %s\n", load())
	return nil
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

func micro(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(b))[:3], " ")
}
