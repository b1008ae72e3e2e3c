package spec

// Key is one key of davit.yaml. The tables of keys are the one source of what
// Parse accepts and assumes, of the JSON Schema and of the reference page.
type Key struct {
	Name    string
	Doc     string // plain sentences
	Default string // assumed when the key is missing, as YAML; empty: nothing
	Last    string // if set, the default in an environment that no other comes after
	Assumed string // in words, for a default that hangs on other keys
	Example string // as YAML
	Need    bool   // must be given
	Shape   Shape

	see string // where the reference page describes the shape instead
}

// Shape says what a value may look like. A file may write a scalar, a list or
// a map; each has at most one meaning, so no value is ambiguous.
type Shape struct {
	Type     Type     // of a scalar
	Enum     []string // the scalars there are; empty: all of Type
	Min, Max float64  // bounds of a scalar: seconds, percent, bytes or the number itself; Max 0: none
	Items    *Shape   // of a list; one item may stand without the list
	Least    int      // items a list must have
	Values   *Shape   // of a map whose keys are names of the user's choice …
	Names    Type     // … which look like this
	Keys     []Key    // of a map with fixed keys
	Short    string   // the key that a value stands for when it is not written as a map
	One      []string // keys of which one at most may be given
	Need     bool     // and one must
	Kinds    []Kind   // the value is the name of a kind, or a map from that name to its settings
	Off      bool     // "off" is allowed and means: none
	Free     bool     // any value at all; see Tree.Value

	// last, if set, is the Values shape of the environments that no other
	// comes after.
	last *Shape
}

// Kind is something davit.yaml may name: a strategy or a gate.
type Kind struct {
	Name string
	Doc  string
	Keys []Key
	// Check judges settings that fit Keys, defaults included. May be nil.
	Check func(settings map[string]any) []Fault
}

// Fault is what Kind.Check found.
type Fault struct {
	Key  string // the setting
	Item int    // in a list; -1: the setting as a whole
	Text string
	Hint string
}

// Known is what this Davit can do beyond what the file format itself says.
type Known struct {
	Targets    []string // names of targets; the first is the default
	Strategies []Kind
	Gates      []Kind
}
