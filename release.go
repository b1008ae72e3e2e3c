package davit

import "time"

// Release is immutable: one commit of one service, packed once.
type Release struct {
	ID       string // "shop-17": service and a number that only grows
	Service  string
	Number   int
	Run      string // the run that made it
	Repo     string // repository name on this server
	Commit   string // full commit hash
	Subject  string // first line of the commit message
	Author   string
	Artifact Digest            // OCI manifest digest
	Configs  map[string]Digest // environment to digest of its resolved config
	Size     int64             // bytes of the artifact
	Evidence []Finding         // what the pipeline's gates said
	Created  time.Time
}
