package davit

import "time"

// Check is a health check of one instance: exactly one of HTTP, TCP and
// Command is set.
type Check struct {
	HTTP     string        // path; any 2xx or 3xx passes
	TCP      bool          // the port accepts a connection
	Command  []string      // exit status 0 passes
	Interval time.Duration // between checks
	Timeout  time.Duration // of one check
	Failures int           // in a row before it counts as failed
}

// SmokeTest is a request with expectations, sent through the router.
type SmokeTest struct {
	Name    string
	Method  string // default GET
	Path    string
	Headers map[string]string
	Body    string
	Status  int               // expected; default 200
	JSON    map[string]string // dotted path to the expected value as JSON text
	Within  time.Duration     // bound on the latency; 0: none but Timeout
	Timeout time.Duration
	Retries int
}
