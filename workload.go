package davit

import "time"

// Workload is how a release runs in one environment: what a target needs to
// place its instances.
type Workload struct {
	Service     string
	Environment string
	Release     string
	Artifact    Digest
	Config      Digest
	Command     []string          // argv; empty for a static site
	Static      string            // folder of the artifact served by Davit's own file server
	Env         map[string]string // no secrets
	Secrets     []SecretRef       // resolved when an instance starts, never stored
	Protocol    string            // "http" or "h2c"
	Ready       Check
	Live        Check // zero: process is alive
	StartWithin time.Duration
	StopWithin  time.Duration
	Memory      int64   // bytes; 0: no limit
	CPU         float64 // cores; 0: no limit
}

// SecretRef names a secret and where a process finds it.
type SecretRef struct {
	Name string // of the secret
	Env  string // environment variable, or
	File string // file name below $DAVIT_SECRETS
}
