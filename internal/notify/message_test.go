package notify

import (
	"testing"

	"github.com/davit-cd/davit"
)

// TestPageOf holds that a message leads to the page of what it is about, and that
// people hear of ramps and flags without asking.
func TestPageOf(t *testing.T) {
	flag := map[string]string{"flag": "new/checkout", "project": "shop"}
	for _, c := range []struct {
		event davit.Event
		want  string
		told  bool
	}{
		{davit.Event{Kind: "rollout.rolled-back", Service: "shop", Rollout: "shop-production-r7", Run: "shop-run-3"}, "/rollouts/shop-production-r7", true},
		{davit.Event{Kind: "run.failed", Service: "shop", Run: "shop-run-3", Release: "shop-3"}, "/runs/shop-run-3", true},
		{davit.Event{Kind: "quarantine.set", Service: "shop", Release: "shop-3"}, "/releases/shop-3", true},
		{davit.Event{Kind: "ramp.failed", Service: "till", Data: flag}, "/flags/shop/new%2Fcheckout", true},
		{davit.Event{Kind: "flag.killed", Service: "shop", Data: map[string]string{"flag": "banner"}}, "/flags/shop/banner", true},
		{davit.Event{Kind: "flag.proposed", Service: "shop", Data: map[string]string{"flag": "banner"}}, "/flags/shop/banner", true},
		{davit.Event{Kind: "ramp.raised", Data: flag}, "/flags/shop/new%2Fcheckout", false},
		{davit.Event{Kind: "service.changed", Service: "shop"}, "/services/shop", false},
		{davit.Event{Kind: "journal.broken"}, "/audit", true},
	} {
		if got := pageOf(c.event); got != c.want {
			t.Errorf("%s leads to %s, not %s", c.event.Kind, got, c.want)
		}
		if got := (Channel{}).Wants(c.event); got != c.told {
			t.Errorf("a channel is told of %s: %t", c.event.Kind, got)
		}
	}
}
