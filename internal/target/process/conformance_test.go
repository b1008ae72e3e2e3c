package process

import (
	"syscall"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/lab/targettest"
)

// TestConformance runs the suite that every target passes.
func TestConformance(t *testing.T) {
	targettest.Exercise(t, func(t *testing.T) *targettest.Bed {
		w := newWorld(t)
		deaf := w.load("silent")
		deaf.StartWithin = 500 * time.Millisecond
		return &targettest.Bed{
			Target: w.Target,
			Reopen: func() targettest.Target { w.reopen(); return w.Target },
			Good:   w.load("good"),
			Dies:   w.load("boom"),
			Deaf:   deaf,
			Kill:   func(i davit.Instance) { _ = syscall.Kill(w.pid(i.ID).PID, syscall.SIGKILL) },
		}
	})
}
