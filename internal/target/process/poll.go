package process

import (
	"sync"
	"time"
)

// poll calls gone once the process is dead, for systems that do not tell.
func poll(id identity, gone func()) (cancel func()) {
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(250 * time.Millisecond)
		defer tick.Stop()
		for id.alive() {
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
		gone()
	}()
	return sync.OnceFunc(func() { close(done) })
}
