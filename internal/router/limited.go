package router

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// limited accepts no more connections than there is room for; the others wait
// in the socket's queue.
type limited struct {
	net.Listener
	room int
	open *atomic.Int64
}

// Accept waits for room and for a connection.
func (l *limited) Accept() (net.Conn, error) {
	for l.open.Load() >= int64(l.room) {
		<-time.After(10 * time.Millisecond)
	}
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.open.Add(1)
	if t, ok := c.(*net.TCPConn); ok {
		return &countedTCP{TCPConn: t, open: l.open}, nil
	}
	return c, nil
}

// countedTCP gives its place back when it is closed.
type countedTCP struct {
	*net.TCPConn
	open *atomic.Int64
	once sync.Once
}

// Close closes the connection.
func (c *countedTCP) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.TCPConn.Close()
}
