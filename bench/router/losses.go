package main

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/bench/router/mix"
	"github.com/davit-cd/davit/internal/router"
)

// losses runs the mix while something is done to the router again and again.
func (b *bench) losses(ctx context.Context, what string) error {
	defer b.finish()
	if err := b.prepare(ctx); err != nil {
		return err
	}
	c, p, err := b.router(ctx, "Davit", true)
	if err != nil {
		return err
	}
	b.stops = append(b.stops, p.stop)
	load, cancel := context.WithCancel(ctx)
	defer cancel()
	result := make(chan mix.Result, 1)
	go func() {
		result <- mix.Run(load, mix.Load{Address: p.address, Host: "shop.localhost", Rate: b.rate, Fresh: b.fresh})
	}()
	<-time.After(time.Second)
	var note string
	switch what {
	case "switches":
		note, err = b.switches(ctx, c)
	case "upgrades":
		err = b.upgrades(ctx, c)
	case "kills":
		note, err = b.kills(ctx, c)
	}
	<-time.After(time.Second)
	cancel()
	r := <-result
	if err != nil {
		return err
	}
	fmt.Printf("| %s at %d/s | answered | failed | refused | idle closed | slowest plain GET |\n|---|---|---|---|---|---|\n", what, b.rate)
	fmt.Printf("| Davit | %d | **%d** | %d | %d | %s |\n%s", r.Answered, r.Failed, r.Refused, r.Closed, r.Slowest.Round(time.Millisecond), note)
	for e, n := range r.Errors {
		fmt.Printf("- %d × %s\n", n, e)
	}
	return nil
}

// switches moves all traffic from one version to the other and drains the
// first, 100 times.
func (b *bench) switches(ctx context.Context, c *router.Client) (string, error) {
	var slowest time.Duration
	cut := 0
	for i := range 100 {
		share, old := davit.Full, "shop-1"
		if i%2 == 1 {
			share, old = 0, "shop-2"
		}
		begun := time.Now()
		if err := c.Put(ctx, b.route(uint64(i+2), share)); err != nil {
			return "", err
		}
		slowest = max(slowest, time.Since(begun))
		d, err := c.Drain(ctx, "shop", "production", old, 5*time.Second)
		if err != nil {
			return "", err
		}
		cut += d.Cancelled
	}
	return fmt.Sprintf("slowest Put (durable) %s, cut by drains: %d\n", slowest.Round(time.Microsecond), cut), nil
}

func (b *bench) upgrades(ctx context.Context, c *router.Client) error {
	for range 20 {
		if err := c.Upgrade(ctx, "", nil); err != nil {
			return err
		}
		<-time.After(500 * time.Millisecond)
	}
	return nil
}

// kills kills the worker without warning; the losses can not be less than what
// it had under way.
func (b *bench) kills(ctx context.Context, c *router.Client) (string, error) {
	underWay := 0
	for range 20 {
		s, err := c.State(ctx)
		if err != nil {
			return "", err
		}
		if err := syscall.Kill(s.PID, syscall.SIGKILL); err != nil {
			return "", err
		}
		for _, v := range s.Versions {
			underWay += v.InFlight
		}
		for {
			n, err := c.State(ctx)
			if err == nil && n.PID != s.PID {
				break
			}
			<-time.After(5 * time.Millisecond)
		}
		<-time.After(500 * time.Millisecond)
	}
	return fmt.Sprintf("under way at the kills: %d\n", underWay), nil
}
