package authoring

import "time"

// Document is what one file says, or one export: flags, segments and groups of
// a project.
type Document struct {
	Project  string
	Flags    []Flag
	Segments []Segment
	Groups   []Group
}

// Defaults is what a document is read against.
type Defaults struct {
	Project string    // where the document names none
	Now     time.Time // when a flag is new, from which its expiry is counted
	// Created says when a flag that is there already was made; nil or zero: it
	// is new.
	Created func(key string) time.Time
}

func (d Defaults) created(key string) time.Time {
	if d.Created != nil {
		if t := d.Created(key); !t.IsZero() {
			return t
		}
	}
	return d.Now
}
