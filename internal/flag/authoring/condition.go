package authoring

import "github.com/davit-cd/davit"

// Condition is something that holds for a user or does not. Exactly one group
// of fields is set; a Condition with none holds for everybody.
type Condition struct {
	All       []Condition  `json:",omitempty"`
	Any       []Condition  `json:",omitempty"`
	Not       *Condition   `json:",omitempty"`
	Segments  []string     `json:",omitempty"` // the user is in one of them
	Share     davit.Weight `json:",omitempty"` // the user is in this share, drawn for this condition alone
	Attribute string       `json:",omitempty"` // dotted path; targetingKey is the user's key
	Tests     []Test       `json:",omitempty"` // of Attribute; all hold
}

// Test compares an attribute with a value.
type Test struct {
	Op    Op
	Value any // JSON value; a list for In, NotIn and where one of several will do
}

// Op is a comparison.
type Op string

// The comparisons. Where an attribute is missing, none holds but Not, NotIn
// and Exists: false.
const (
	Is       Op = "is"
	Not      Op = "not"
	In       Op = "in"
	NotIn    Op = "not_in"
	Contains Op = "contains" // text within text
	Starts   Op = "starts"
	Ends     Op = "ends"
	Above    Op = "above" // numbers: >
	Below    Op = "below" // <
	Min      Op = "min"   // >=
	Max      Op = "max"   // <=
	Semver   Op = "semver"
	Exists   Op = "exists"
	Has      Op = "has"     // the attribute is a list that has the value
	Matches  Op = "matches" // regular expression, RE2; Davit's server only
	Cidr     Op = "cidr"    // IP address in a network; Davit's server only
	After    Op = "after"   // time; Davit's server only
	Before   Op = "before"  // time; Davit's server only
	Like     Op = "like"    // is, whatever the case of letters; Davit's server only
)

// Ops returns all comparisons.
func Ops() []Op {
	return []Op{Is, Not, In, NotIn, Contains, Starts, Ends, Above, Below, Min, Max, Semver, Exists, Has, Matches, Cidr, After, Before, Like}
}

// Portable reports whether every client can evaluate the comparison, not only
// Davit's server.
func (o Op) Portable() bool {
	switch o {
	case Matches, Cidr, After, Before, Like:
		return false
	case Is, Not, In, NotIn, Contains, Starts, Ends, Above, Below, Min, Max, Semver, Exists, Has:
	}
	return true
}

// walk calls f with c and everything inside it.
func (c Condition) walk(f func(Condition)) {
	f(c)
	for _, sub := range c.All {
		sub.walk(f)
	}
	for _, sub := range c.Any {
		sub.walk(f)
	}
	if c.Not != nil {
		c.Not.walk(f)
	}
}

// segments returns the names of the segments c asks for.
func (c Condition) segments() []string {
	var out []string
	c.walk(func(c Condition) { out = append(out, c.Segments...) })
	return out
}
