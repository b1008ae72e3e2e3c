package flag

import "encoding/json"

// Explanation is how a flag came to its result, as a tree for people and
// programs.
type Explanation struct {
	Flag    string          `json:"flag"`
	Enabled bool            `json:"enabled"`
	Value   json.RawMessage `json:"value,omitempty"` // absent: the program's own default counts
	Variant string          `json:"variant,omitempty"`
	Reason  Reason          `json:"reason"`
	Code    Code            `json:"errorCode,omitempty"`
	Text    string          `json:"text"`           // the result in a sentence
	Rule    *Step           `json:"rule,omitempty"` // absent: no targeting was evaluated
}
