package e2e_test

import (
	"testing"
	"time"

	"github.com/davit-cd/davit/internal/notify"
)

// settings adds what the settings page shows: who is told, and how that goes.
func settings(t *testing.T, w *world) {
	t.Helper()
	c := &contents{t: t}
	at := noon().Add(-40 * 24 * time.Hour)
	channel := func(ch notify.Channel, p notify.Progress) {
		ch.Created = at
		c.add(notify.KindChannel, ch.Name, "", "", "", ch)
		c.add(notify.KindProgress, ch.Name, "", "", "", p)
	}
	channel(notify.Channel{Name: "on-call", Kind: "slack", Shown: "https://hooks.example.com", Actor: "odo"}, notify.Progress{Delivered: noon().Add(-66 * time.Minute)})
	channel(notify.Channel{Name: "warehouse", Kind: "webhook", Shown: "https://warehouse.example.com", Actor: "odo", Events: []string{"rollout.*", "run.failed"}, Services: []string{"shop", "cart"}, Environments: []string{"production"}},
		notify.Progress{Delivered: noon().Add(-9 * time.Hour), Failing: "it answered 503 Service Unavailable", Since: noon().Add(-70 * time.Minute), Dropped: 3})
	if err := w.keep(c.change); err != nil {
		t.Fatal(err)
	}
}
