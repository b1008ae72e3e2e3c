package server

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// rates keeps each token to so many requests for flags a second. Who was idle
// may do a second's worth at once.
type rates struct{ buckets sync.Map } // name → *bucket

type bucket struct {
	mu   sync.Mutex
	left float64
	at   time.Time
}

// take takes one request; if there is none left, it returns how long to wait.
func (b *bucket) take(rate float64, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	most := max(rate, 1)
	if passed := now.Sub(b.at); passed > 0 {
		b.left = min(most, b.left+passed.Seconds()*rate)
		b.at = now
	}
	if b.left >= 1 {
		b.left--
		return 0
	}
	return time.Duration((1 - b.left) / rate * float64(time.Second))
}

// limited answers a request of a token that asks too often; true if it did.
func (s *Server) limited(w http.ResponseWriter, r *http.Request) bool {
	rate := s.options.Evaluation.Rate
	c := who(r.Context())
	if rate <= 0 || c.Name == "" {
		return false
	}
	now := s.options.Now()
	v, ok := s.rates.buckets.Load(c.Name)
	if !ok {
		v, _ = s.rates.buckets.LoadOrStore(c.Name, &bucket{left: max(rate, 1), at: now})
	}
	wait := v.(*bucket).take(rate, now)
	if wait == 0 {
		return false
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	w.WriteHeader(http.StatusTooManyRequests)
	return true
}
