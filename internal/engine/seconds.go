package engine

import "sync"

// seconds tells watchers which second of telemetry is complete.
type seconds struct {
	mu     sync.Mutex
	newest int64
	next   chan struct{} // closed when newest grows
}

// SecondDone says that all samples up to and including second t are kept. It is
// called about once a second, with or without traffic.
func (e *Engine) SecondDone(t int64) {
	s := &e.seconds
	s.mu.Lock()
	defer s.mu.Unlock()
	if t <= s.newest {
		return
	}
	s.newest = t
	if s.next != nil {
		close(s.next)
		s.next = nil
	}
}

// latest returns the newest complete second and a channel that is closed when
// there is a newer one.
func (s *seconds) latest() (int64, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil {
		s.next = make(chan struct{})
	}
	return s.newest, s.next
}
