package flag

import "strconv"

// Problem is one thing that is wrong with a document.
type Problem struct {
	Line   int    `json:"line"`   // from 1
	Column int    `json:"column"` // in bytes, from 1
	Path   string `json:"path"`   // as in flags.new-checkout.targeting.if[0]; empty: the whole
	Text   string `json:"text"`   // what is wrong and what was expected
	Hint   string `json:"hint,omitempty"`
	Fatal  bool   `json:"fatal"` // the document is refused for it; else it is a warning
}

// String is the problem in one line.
func (p Problem) String() string {
	s := "line " + strconv.Itoa(p.Line) + ", column " + strconv.Itoa(p.Column) + ": "
	if p.Path != "" {
		s += p.Path + ": "
	}
	s += p.Text
	if p.Hint != "" {
		s += "; " + p.Hint
	}
	return s
}
