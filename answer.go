package davit

// Answer is what a gate says.
type Answer string

// The answers. An error, a missing answer or an unknown gate counts as
// Refused at the deadline and as Waiting before it, never as Passed.
const (
	Passed  Answer = "pass"
	Refused Answer = "fail"
	Waiting Answer = "wait"
)
