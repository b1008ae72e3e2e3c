package runner

import "time"

// Line is one line of an attempt's log.
type Line struct {
	T      time.Time `json:"t"`
	Step   string    `json:"step,omitempty"` // empty: about the attempt as a whole
	Stream string    `json:"stream"`         // "out", "err", or "davit" for what the runner says
	Text   string    `json:"text"`
	End    bool      `json:"end,omitempty"` // the last line of the attempt
}
