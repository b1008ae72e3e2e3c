package router

import (
	"log/slog"
	"net/netip"
	"path/filepath"
	"time"
)

// Options configure a router. Zero fields take the default named with them.
type Options struct {
	Data       string   // data folder; everything is kept below its folder router
	Listen     string   // public address; default 127.0.0.1:7480
	Executable string   // program to start workers (and the holder) with; default: this one
	WorkerArgs []string // its arguments for a worker
	HolderArgs []string // its arguments for a holder; for Ensure only
	Env        []string // added to the environment of what is started
	Version    string   // of the program; another one is upgraded by Ensure

	AccessLog     string // file for one JSON line per request; empty: none
	AccessLogSize int64  // bytes at which it is rotated; default 64 MiB
	AccessLogKeep int    // rotated files kept; default 5

	ProbeToken string         // proves that a request is Davit's own; default: the file's, see ProbeToken
	Trusted    []netip.Prefix // peers whose X-Forwarded-* and Forwarded are believed; default none

	MaxConnections int           // of clients at a time; default 16 384
	HeadWithin     time.Duration // for a request's head; default 10 s
	IdleWithin     time.Duration // for the next request of a connection; default 75 s
	ConnectWithin  time.Duration // for a connection to an instance; default 2 s
	AnswerWithin   time.Duration // for the head of an answer; default 2 min
	ProgressWithin time.Duration // for some bytes of a streaming body to move; default 1 min
	HoldWithin     time.Duration // for a backend of a route that holds its requests; default 30 s
	TunnelWithin   time.Duration // for tunnels once their version or worker is on its way out; default 5 min
	LameWithin     time.Duration // with Connection: close before idle connections are closed; default 2 s
	MemoryLimit    int64         // bytes the worker's heap should stay under; default 1 GiB; negative: none

	Log *slog.Logger // default: nothing is logged
}

// The limits that are not worth a setting.
const (
	headLimit     = 16 << 10 // bytes of a request's head
	answerLimit   = 32 << 10 // bytes of an answer's head
	replayLimit   = 64 << 10 // bytes of a body that is read whole, and may be sent again or mirrored
	keyLimit      = 256      // bytes of a sticky key
	ringSeconds   = 600      // seconds of samples kept for a client that was away
	upstreamIdle  = 55 * time.Second
	upstreamSpare = 512 // idle connections kept to one instance
)

func (o Options) withDefaults() Options {
	def(&o.Listen, "127.0.0.1:7480")
	def(&o.AccessLogSize, 64<<20)
	def(&o.AccessLogKeep, 5)
	def(&o.MaxConnections, 16384)
	def(&o.HeadWithin, 10*time.Second)
	def(&o.IdleWithin, 75*time.Second)
	def(&o.ConnectWithin, 2*time.Second)
	def(&o.AnswerWithin, 2*time.Minute)
	def(&o.ProgressWithin, time.Minute)
	def(&o.HoldWithin, 30*time.Second)
	def(&o.TunnelWithin, 5*time.Minute)
	def(&o.LameWithin, 2*time.Second)
	def(&o.MemoryLimit, 1<<30)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// folder is where the router keeps its files.
func (o Options) folder() string { return filepath.Join(o.Data, "router") }
