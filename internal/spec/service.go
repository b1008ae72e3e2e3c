package spec

import (
	"path"
	"time"

	"github.com/davit-cd/davit"
)

// File is a resolved davit.yaml: one service, or several in a monorepo.
type File struct {
	Services []Service // in the order of the file
	Warnings Problems  // doubtful, not wrong: secrets that look inlined …
}

// Service is something deployed on its own.
type Service struct {
	Name         string
	Path         string   // folder in the repository the stages run in; "." by default
	Owner        string   // who answers for it, in words; may be empty
	Watch        []string // a commit concerns the service only if it changes one of these (globs); default Path/**
	Branch       string   // commits of this branch deploy; default "main"
	Queue        Queue
	Stages       []Stage // sorted so that each comes after what it needs
	FailFast     bool    // one failed stage cancels those still running; default true
	Package      Package
	Run          Run
	Flags        []string      // files with its feature flags, from the top of the repository; nil: davit.flags.yaml in Path, if it is there
	NeedsFlags   []string      // feature flags without which no release is let into an environment
	Environments []Environment // in the order in which a release passes them
}

// FlagsFile is where a service's feature flags are if davit.yaml does not say.
const FlagsFile = "davit.flags.yaml"

// FlagFiles returns the files with the service's feature flags, from the top of
// the repository, and whether they must be there.
func (s Service) FlagFiles() (files []string, must bool) {
	if len(s.Flags) > 0 {
		return s.Flags, true
	}
	return []string{path.Join(s.Path, FlagsFile)}, false
}

// Queue says what happens to commits that arrive while a run is under way.
type Queue string

// The queue policies.
const (
	Every  Queue = "every"  // each commit gets its run, in order
	Newest Queue = "newest" // a waiting commit is superseded by a newer one (default)
	Batch  Queue = "batch"  // as newest; the superseded commits are listed in the release
)

// Stage is a node of the pipeline.
type Stage struct {
	Name     string
	Needs    []string
	When     When
	Steps    []Step
	Env      map[string]string
	Secrets  []davit.SecretRef
	Timeout  time.Duration // of one attempt
	Attempts int           // 1: no retry
	Backoff  time.Duration // before the second attempt; doubles
	Cache    []Cache
	Outputs  []string // globs below the service's folder, handed to stages that need this one and to Package
	Reports  []Report
}

// When restricts a stage; an empty one always runs. A stage that is not needed
// is skipped, which counts as passed.
type When struct {
	Paths    []string // globs; one changed file must match
	Branches []string // globs
}

// Step is one command of a stage.
type Step struct {
	Name  string
	Shell string // run with sh -e -c
}

// Cache is a folder kept from one run to the next, keyed by content.
type Cache struct {
	Preset string   // "go", "npm", "pip", "yarn", "pnpm": sets the tool's variables; or
	Path   string   // folder below the service's folder
	Key    []string // files whose content is the key
}

// Report is a file of test results that becomes facts.
type Report struct {
	Format string // "go-json" or "junit"
	Path   string // glob; empty for go-json: the output of the steps
}

// Package says what is packed into the artifact.
type Package struct {
	Folder  string   // below the service's folder; "." packs the checkout with the stages' outputs
	Exclude []string // globs
	Image   string   // Dockerfile, or "oci-layout:DIR" made by a stage; empty: a folder of files
}

// Run says how a release runs, in every environment unless one overrides it.
type Run struct {
	Command     []string
	Shell       string // instead of Command: a shell command, see Argv
	Static      string // instead of both: folder served by Davit
	Protocol    string // "http" or "h2c"
	Env         map[string]string
	Secrets     []davit.SecretRef
	Ready       davit.Check
	Live        davit.Check
	StartWithin time.Duration
	StopWithin  time.Duration
	Memory      int64
	CPU         float64
}

// Environment is a place a release runs.
type Environment struct {
	Name      string
	Target    string   // "process"
	After     []string // environments that must have taken the release before
	Hosts     []string // default: <service>.localhost for production, else <service>.<env>.localhost
	Instances int
	Run       Run // resolved: the service's, overridden
	Strategy  Strategy
	Judge     Judge
	Sticky    davit.Sticky
	Smoke     []davit.SmokeTest
	Probe     *SyntheticProbe // nil: none
	Gates     []Gate
	Settle    time.Duration // the old version stays warm so long after 100 %
	Drain     time.Duration // deadline for requests in flight
}

// Strategy is a name and its parameters, already checked and defaulted by the
// strategy room.
type Strategy struct {
	Name   string         // "canary", "rolling", "blue-green", "recreate", "ab", "mirror"
	Params map[string]any // as written, with defaults; JSON values: durations as "30s", percentages as numbers
}

// Judge holds the settings of the judge for an environment.
type Judge struct {
	Alpha        float64       // bound on false alarms over a whole rollout; default 0.001
	Beta         float64       // bound on passing a version worse than the margin; default 0.01
	Margin       float64       // errors, as a fraction: 0.005 is half a point
	MinBake      time.Duration // before the first PASS
	MinRequests  int           // of the new version, in a step, before it may PASS
	MinDiff      float64       // of error rates, as a fraction, for a FAIL
	MinRatio     float64       // of error rates for a FAIL
	LatencyRatio float64       // for a FAIL
	NoData       string        // at the deadline of a step without data: "rollback" (default) or "hold"
	Deadline     time.Duration // of a step, beyond its hold
	Warmup       time.Duration // the most that is excused
	Burst        time.Duration // that one instance may be unwell by itself without its version's fault
}

// SyntheticProbe sends requests to both versions alike when traffic is scarce;
// they are marked and judged apart.
type SyntheticProbe struct {
	Path   string
	Method string
	Rate   float64 // requests a second to each version
}

// Gate is a condition on entering an environment.
type Gate struct {
	Name   string // registered gate: "approval", "command", "soak"
	Params map[string]any
}
