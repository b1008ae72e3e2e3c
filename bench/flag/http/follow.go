package main

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// follow opens streams and publishes changes, and says how long it takes from
// the request that makes a change until each client has read of it.
func follow(c *child, streams, changes int) error {
	transport := &http.Transport{MaxIdleConnsPerHost: streams}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	type news struct {
		id string
		at time.Time
	}
	heard := make(chan news, streams*2)
	failed := make(chan error, streams)
	var opening sync.WaitGroup
	tickets := make(chan struct{}, 50)
	for range streams {
		tickets <- struct{}{}
		opening.Go(func() {
			defer func() { <-tickets }()
			r, err := http.NewRequest(http.MethodGet, c.URL+"/ofrep/v1/stream", nil)
			if err != nil {
				failed <- err
				return
			}
			r.Header.Set("Authorization", "Bearer "+c.Token)
			res, err := client.Do(r)
			if err != nil || res.StatusCode != http.StatusOK {
				failed <- fmt.Errorf("open a stream: %v", err)
				return
			}
			go func() {
				defer func() { _ = res.Body.Close() }()
				for lines := bufio.NewScanner(res.Body); lines.Scan(); {
					if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
						heard <- news{id, time.Now()}
					}
				}
			}()
		})
	}
	opening.Wait()
	select {
	case err := <-failed:
		return err
	default:
	}
	for range streams { // each is told at once of the set that is there
		<-heard
	}
	before, err := c.used()
	if err != nil {
		return err
	}
	var all, slow []time.Duration // slow: when nearly all, 99 of 100, have read of one change
	for i := range changes {
		doc := strings.Replace(threeFlags, `"flags":{`, fmt.Sprintf(`"metadata":{"round":%d},"flags":{`, i), 1)
		begun := time.Now()
		res, err := http.Post(c.Control, "", strings.NewReader(doc))
		if err != nil {
			return err
		}
		_ = res.Body.Close()
		one := make([]time.Duration, 0, streams)
		for range streams {
			one = append(one, (<-heard).at.Sub(begun))
		}
		slices.Sort(one)
		all, slow = append(all, one...), append(slow, one[len(one)*99/100])
	}
	after, err := c.used()
	if err != nil {
		return err
	}
	slices.Sort(all)
	slices.Sort(slow)
	in := func(list []time.Duration, q float64) float64 {
		return float64(list[int(q*float64(len(list)-1))]) / float64(time.Millisecond)
	}
	fmt.Printf("| %d streams, %d changes: from the request that publishes until a client has read of it | p50 | p99 | p99 of a change, median | p99 of a change, undisturbed | server's CPU time for each change | memory of the server |\n|---|---|---|---|---|---|---|\n", streams, changes)
	fmt.Printf("| | %.1f ms | %.1f ms | %.1f ms | %.1f ms | %.1f ms | %s |\n", in(all, 0.5), in(all, 0.99), in(slow, 0.5), in(slow, 0.1), float64(after-before)/float64(time.Millisecond)/float64(changes), c.memory())
	return nil
}

// memory is what the process holds.
func (c *child) memory() string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.pid))
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "unknown"
}
