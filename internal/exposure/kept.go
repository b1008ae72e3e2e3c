package exposure

import (
	"fmt"
	"time"

	"github.com/davit-cd/davit/internal/flag/authoring"
)

// Kinds of records the Book keeps. The body of each is the JSON of the type
// named beside it; Service is the project.
const (
	KindFlag     = "flag"          // Kept, id project/key
	KindRevision = "flag-revision" // Revision, id project/key@version
	KindSegment  = "flag-segment"  // authoring.Segment, id project/name
	KindGroup    = "flag-group"    // authoring.Group, id project/name
	KindProposal = "flag-proposal" // Proposal, id project/key@hash
	KindUsage    = "flag-usage"    // Usage, id project/environment
	KindRamp     = "ramp"          // Ramp, id project/environment/key/epoch
	KindTagging  = "ramp-tagging"  // davit.Tagging, id service/environment
	KindTrial    = "experiment"    // Trial, id project/name
)

// Kept is a flag as it is kept. Its version counts its changes.
type Kept struct {
	Flag    authoring.Flag
	Version int64     `json:"-"` // of the record
	Changed time.Time // when it was last changed
	File    *Origin   `json:",omitempty"` // the file it follows; nil: none
	Removed bool      `json:",omitempty"` // it is there no more, but for its history
}

// Origin is the file in a repository that a flag follows.
type Origin struct {
	Repo   string
	Path   string
	Commit string
	Flag   authoring.Flag // as the file has it
}

// Revision is a flag as it was after one change.
type Revision struct {
	Version  int64
	Flag     authoring.Flag
	Kind     string // of the event
	Actor    string
	Approved string // who said yes, where a second person had to; else empty
	Reason   string
	Text     string
	At       time.Time
}

func idOf(project, key string) string { return project + "/" + key }

func revisionID(project, key string, version int64) string {
	return fmt.Sprintf("%s/%s@%d", project, key, version)
}
