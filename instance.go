package davit

import "time"

// Instance is one running process of a release.
type Instance struct {
	ID          string // "shop-17-production-2"
	Service     string
	Environment string
	Release     string
	Ordinal     int
	Address     string // host:port it was told to listen on
	State       InstanceState
	Reason      string // why it is in that state, with the last probe results and log lines when it failed
	Restarts    int
	Started     time.Time
}

// InstanceState says where an instance stands.
type InstanceState string

// The states.
const (
	Starting  InstanceState = "starting"
	Ready     InstanceState = "ready"
	NotReady  InstanceState = "not-ready"  // was ready, fails its probes now
	BackOff   InstanceState = "back-off"   // died, will be started again
	CrashLoop InstanceState = "crash-loop" // died too often
	Stopping  InstanceState = "stopping"
	Stopped   InstanceState = "stopped"
)
