package authoring

import "slices"

// Segment is a named set of users that any flag of the project may ask for. A
// user is in it if its key is included; else, if it is not excluded and the
// condition holds.
type Segment struct {
	Name     string
	Project  string
	Purpose  string     `json:",omitempty"`
	Included []string   `json:",omitempty"` // targeting keys
	Excluded []string   `json:",omitempty"`
	If       *Condition `json:",omitempty"` // nil: only those included
}

// Users returns what asks for a segment: the flags, as "flag KEY", and the
// segments, as "segment NAME".
func Users(segment string, flags []Flag, segments []Segment) []string {
	var out []string
	for _, f := range flags {
		if slices.Contains(f.segments(), segment) {
			out = append(out, "flag "+f.Key)
		}
	}
	for _, s := range segments {
		if s.If != nil && slices.Contains(s.If.segments(), segment) {
			out = append(out, "segment "+s.Name)
		}
	}
	return out
}

// segments returns the names of the segments that a flag asks for anywhere.
func (f Flag) segments() []string {
	var out []string
	for _, e := range f.Environments {
		for _, r := range e.Value.Rules {
			out = append(out, r.If.segments()...)
		}
	}
	return out
}

// Dependents returns the flags that need a flag.
func Dependents(key string, flags []Flag) []string {
	var out []string
	for _, f := range flags {
		for _, e := range f.Environments {
			if slices.ContainsFunc(e.Value.Needs, func(n Need) bool { return n.Flag == key }) {
				out = append(out, f.Key)
				break
			}
		}
	}
	return out
}
