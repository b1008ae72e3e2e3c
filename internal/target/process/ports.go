package process

import (
	"context"
	"fmt"
	"hash/fnv"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/davit-cd/davit"
)

// host is where instances listen: the router is on the same machine.
const host = "127.0.0.1"

// ports hands out ports. A port is held by a lock file that all Davits of this
// user share; processes inherit the lock, so it outlives the server that gave
// it, and two instances never have the same.
type ports struct {
	dir         string
	first, last int

	mu   sync.Mutex
	next int
	mine map[int]*os.File // nil: held by a process of ours that was adopted
}

// newPorts makes the registry. Each data folder begins to look at another port.
func newPorts(data string, first, last int) (*ports, error) {
	dir := filepath.Join(os.TempDir(), "davit-ports-"+strconv.Itoa(os.Getuid()))
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return nil, fmt.Errorf("make the registry of ports: %w", err)
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(data))
	return &ports{dir: dir, first: first, last: last, next: first + int(h.Sum32()%uint32(last-first+1)), mine: map[int]*os.File{}}, nil
}

// take reserves a port nobody has and nobody listens on.
func (p *ports) take(ctx context.Context) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range p.last - p.first + 1 {
		port := p.next
		if p.next++; p.next > p.last {
			p.next = p.first
		}
		if _, ours := p.mine[port]; ours {
			continue
		}
		f, err := lock(p.path(port), true)
		if err != nil {
			continue
		}
		if !free(ctx, port) {
			unlock(f)
			continue
		}
		p.mine[port] = f
		return port, nil
	}
	return 0, &davit.Error{Kind: davit.Unavailable, Text: fmt.Sprintf("reserve a port: none is free from %d to %d", p.first, p.last)}
}

// keep takes up a reservation of an earlier server. The lock may be held by
// the process that has the port.
func (p *ports) keep(port int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, err := lock(p.path(port), true)
	if err != nil {
		f = nil
	}
	p.mine[port] = f
}

// handle returns the lock to hand to a new process, and whether the port can
// still be had: a foreign program may have taken it while nobody ran.
func (p *ports) handle(ctx context.Context, port int) (*os.File, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.mine[port]
	if f == nil {
		var err error
		if f, err = lock(p.path(port), true); err != nil {
			return nil, false
		}
		p.mine[port] = f
	}
	return f, free(ctx, port)
}

// give returns a port.
func (p *ports) give(port int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.mine[port]; f != nil {
		unlock(f)
	}
	delete(p.mine, port)
}

// close leaves all reservations to the processes that hold them.
func (p *ports) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.mine {
		if f != nil {
			_ = f.Close()
		}
	}
	p.mine = map[int]*os.File{}
}

func (p *ports) path(port int) string { return filepath.Join(p.dir, strconv.Itoa(port)) }

func free(ctx context.Context, port int) bool {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address(port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func address(port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
