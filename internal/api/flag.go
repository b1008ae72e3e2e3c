package api

import (
	"encoding/json"
	"time"
)

// Flag is a feature flag as a list shows it.
type Flag struct {
	Project      string            `json:"project"`
	Key          string            `json:"key"`
	Kind         string            `json:"kind" enum:"release,experiment,operational,kill-switch,permission"`
	Owner        string            `json:"owner"`
	Purpose      string            `json:"purpose"`
	Version      int64             `json:"version" doc:"Counts its changes"`
	Created      time.Time         `json:"created"`
	Changed      time.Time         `json:"changed"`
	Expires      time.Time         `json:"expires,omitzero" doc:"When it should be gone; absent: never"`
	Overdue      bool              `json:"overdue"`
	Variants     []string          `json:"variants" nullable:"false"`
	Environments []FlagEnvironment `json:"environments" nullable:"false"`
	Phase        string            `json:"phase" doc:"Where it stands in its life" enum:"new,active,launched,inactive"`
	Stale        []string          `json:"stale,omitempty" doc:"Why it should go; absent: it need not"`
	Keep         string            `json:"keep,omitempty" doc:"The variant everybody gets, which the code should keep"`
	Drift        []string          `json:"drift,omitempty" doc:"In what it differs from its file"`
	File         string            `json:"file,omitempty" doc:"The file it follows"`
}

// FlagEnvironment is what a flag does in one environment.
type FlagEnvironment struct {
	Name  string            `json:"name"`
	On    bool              `json:"on"`
	Does  string            `json:"does" doc:"In a few words: off, or 10 % on, 90 % off, 2 rules"`
	Asked uint64            `json:"asked" doc:"Evaluations that were counted"`
	Last  time.Time         `json:"last,omitzero" doc:"When it was last evaluated"`
	Given map[string]uint64 `json:"given,omitempty" doc:"Evaluations by variant"`
}

// FlagDetail is a flag with its whole text and what is connected with it.
type FlagDetail struct {
	Flag
	Document  json.RawMessage `json:"document" doc:"The flag as it is authored"`
	YAML      string          `json:"yaml" doc:"The same as YAML"`
	Needs     []string        `json:"needs,omitempty" doc:"Flags it needs"`
	NeededBy  []string        `json:"needed_by,omitempty" doc:"Flags that need it"`
	Segments  []string        `json:"segments,omitempty" doc:"Segments it asks for"`
	Proposals []FlagProposal  `json:"proposals,omitempty" doc:"Changes that wait for a second person"`
}

// FlagProposal is a change that waits for a second person's yes.
type FlagProposal struct {
	Project string    `json:"project"`
	Key     string    `json:"key"`
	Hash    string    `json:"hash" doc:"What is approved"`
	Actor   string    `json:"actor" doc:"Who proposed it"`
	Reason  string    `json:"reason,omitempty"`
	Text    string    `json:"text"`
	Changes []string  `json:"changes" nullable:"false"`
	At      time.Time `json:"at"`
	Expires time.Time `json:"expires"`
}

// CreateFlag asks for a new flag.
type CreateFlag struct {
	Project  string `json:"project" minLength:"1" maxLength:"63" pattern:"^[a-z]([a-z0-9-]*[a-z0-9])?$"`
	Key      string `json:"key" minLength:"1" maxLength:"200"`
	Document string `json:"document" maxLength:"1000000" doc:"The flag in YAML or JSON, as it would stand in a file below its key"`
	Reason   string `json:"reason,omitempty" maxLength:"500"`
}

// EditFlag asks for another content of a flag.
type EditFlag struct {
	Document string `json:"document" maxLength:"1000000" doc:"The flag in YAML or JSON"`
	Version  int64  `json:"version,omitempty" doc:"The version it was made from; another one is a conflict"`
	Reason   string `json:"reason,omitempty" maxLength:"500"`
}

// TurnFlag asks to turn a flag on or off, to kill it, or to plan either.
type TurnFlag struct {
	Environment string `json:"environment,omitempty" maxLength:"63"`
	Version     int64  `json:"version,omitempty" doc:"The version it is meant for"`
	Reason      string `json:"reason,omitempty" maxLength:"500"`
}

// ServeFlag asks for other shares of a flag's variants in an environment: all
// of them, or that of one variant at the cost of the off variant, at once or
// evenly over a time.
type ServeFlag struct {
	Environment string             `json:"environment" minLength:"1" maxLength:"63"`
	Shares      map[string]float64 `json:"shares,omitempty" doc:"Percent by variant, together 100"`
	Variant     string             `json:"variant,omitempty" doc:"Instead: whose share changes; absent: the one the flag is on with"`
	To          *float64           `json:"to,omitempty" minimum:"0" maximum:"100" doc:"The variant's share in percent"`
	Seconds     float64            `json:"seconds,omitempty" minimum:"0" doc:"Over how long the share moves; absent: at once"`
	At          time.Time          `json:"at,omitzero" doc:"When it is to happen; absent: now"`
	On          *bool              `json:"on,omitempty" doc:"With at: turn the flag on or off instead"`
	Note        string             `json:"note,omitempty" maxLength:"500" doc:"With at: why"`
	Version     int64              `json:"version,omitempty" doc:"The version it is meant for"`
	Reason      string             `json:"reason,omitempty" maxLength:"500"`
}

// UndoFlag asks to make a flag what it was.
type UndoFlag struct {
	To     int64  `json:"to,omitempty" doc:"Version to go back to; absent: the one before"`
	Reason string `json:"reason,omitempty" maxLength:"500"`
}

// ApproveFlag says yes to a proposal, or no.
type ApproveFlag struct {
	Hash   string `json:"hash" minLength:"12" maxLength:"12" doc:"Of the proposal"`
	Refuse bool   `json:"refuse,omitempty" doc:"Turn it down instead"`
	Reason string `json:"reason,omitempty" maxLength:"500"`
}

// FlagEdited is what came of a change.
type FlagEdited struct {
	Text     string `json:"text" doc:"What happened, in one sentence"`
	Changed  bool   `json:"changed" doc:"false: it was so already, or waits"`
	Version  int64  `json:"version"`
	Proposal string `json:"proposal,omitempty" doc:"Hash of the proposal that waits for a second person"`
}

// FlagRevision is a flag as it was after one change.
type FlagRevision struct {
	Version  int64           `json:"version"`
	Kind     string          `json:"kind" doc:"Of the event"`
	Actor    string          `json:"actor"`
	Approved string          `json:"approved,omitempty" doc:"Who said yes, where a second person had to"`
	Reason   string          `json:"reason,omitempty"`
	Text     string          `json:"text"`
	At       time.Time       `json:"at"`
	Changes  []string        `json:"changes" nullable:"false" doc:"In what it differs from the version before"`
	Flag     json.RawMessage `json:"flag" doc:"As it is authored"`
}

// FlagExplained is what a flag gives, and every thing that was asked on the way.
type FlagExplained struct {
	Project     string          `json:"project"`
	Flag        string          `json:"flag"`
	Environment string          `json:"environment"`
	Variant     string          `json:"variant,omitempty"`
	Value       json.RawMessage `json:"value,omitempty" doc:"Absent: the program's own default"`
	Reason      string          `json:"reason"`
	Text        string          `json:"text"`
	Portable    bool            `json:"portable" doc:"Every client can evaluate it, not only the server"`
	Lines       []FlagLine      `json:"lines" nullable:"false" doc:"In the order they are asked"`
}

// FlagLine is one thing that was asked on the way to a result.
type FlagLine struct {
	Depth   int    `json:"depth" doc:"0, or below the line before it of a lower depth"`
	What    string `json:"what"`
	Held    bool   `json:"held"`
	Why     string `json:"why,omitempty"`
	Decides bool   `json:"decides" doc:"The result comes from here"`
}

// Segment is a named set of users.
type Segment struct {
	Project  string          `json:"project"`
	Name     string          `json:"name"`
	Purpose  string          `json:"purpose,omitempty"`
	Included int             `json:"included" doc:"Keys that are listed as included"`
	Excluded int             `json:"excluded" doc:"Keys that are listed as excluded"`
	Users    []string        `json:"users" nullable:"false" doc:"What asks for it: flag KEY, segment NAME"`
	Document json.RawMessage `json:"document" doc:"The segment as it is authored"`
	YAML     string          `json:"yaml"`
}

// PutSegment asks for a segment.
type PutSegment struct {
	Document string `json:"document" maxLength:"1000000" doc:"The segment in YAML or JSON"`
	Reason   string `json:"reason,omitempty" maxLength:"500"`
}

// FlagDocument is everything authored of a project.
type FlagDocument struct {
	Project string `json:"project"`
	YAML    string `json:"yaml"`
}

// ApplyFlags asks that a document hold: flags, segments and groups that are not
// in it stay as they are.
type ApplyFlags struct {
	Document string `json:"document" maxLength:"1000000" doc:"In YAML or JSON, as a file of flags"`
	Reason   string `json:"reason,omitempty" maxLength:"500"`
	Dry      bool   `json:"dry,omitempty" doc:"Only say what would happen"`
}

// FlagsApplied is what came of a document.
type FlagsApplied struct {
	Text     string   `json:"text"`
	Created  []string `json:"created" nullable:"false"`
	Changed  []string `json:"changed" nullable:"false"`
	Same     []string `json:"same" nullable:"false"`
	Proposed []string `json:"proposed" nullable:"false" doc:"They wait for a second person"`
}
