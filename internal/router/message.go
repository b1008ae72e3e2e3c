package router

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
)

// message is what holder and worker say to each other, one line of JSON each.
// Holder and worker may be of different versions of the program, so words are
// only ever added.
type message struct {
	Do           string          // see the constants
	Error        string          `json:",omitempty"` // failed: why
	Predecessors []string        `json:",omitempty"` // go: private sockets of workers on their way out, the last one first
	Upgrade      *upgradeRequest `json:",omitempty"` // upgrade: what to start
	Socket       string          `json:",omitempty"` // ready: the worker's private socket
}

// The words, in the order of a worker's life.
const (
	sayReady   = "ready"   // worker: routes are read
	doGo       = "go"      // holder: serve
	sayServing = "serving" // worker: it does
	sayUpgrade = "upgrade" // worker: replace me
	sayFailed  = "failed"  // holder: that came to nothing, go on
	doYield    = "yield"   // holder: change nothing any more, give out no samples
	sayYielded = "yielded" // worker: so it is
	doResume   = "resume"  // holder: the successor died, go on as before
	doLame     = "lame"    // holder: end
	doStop     = "stop"    // holder: end, without a successor
)

// line is the connection between holder and worker.
type line struct {
	*net.UnixConn
	dec *json.Decoder
}

// newLine takes over f.
func newLine(f *os.File) (*line, error) {
	c, err := net.FileConn(f)
	_ = f.Close()
	if err != nil {
		return nil, fmt.Errorf("open the line to the other process: %w", err)
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		return nil, fmt.Errorf("open the line to the other process: it is a %T", c)
	}
	return &line{UnixConn: u, dec: json.NewDecoder(u)}, nil
}

func (l *line) say(m message) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = l.Write(append(b, '\n'))
	return err
}

func (l *line) hear() (message, error) {
	var m message
	return m, l.dec.Decode(&m)
}
