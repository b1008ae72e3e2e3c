package authoring

import "time"

// Kind says what a flag is for, which decides how long it should live.
type Kind string

// The kinds.
const (
	Release     Kind = "release"     // code ships dark and is exposed by the flag
	Experiment  Kind = "experiment"  // several variants are compared
	Operational Kind = "operational" // a knob for those who operate the service
	KillSwitch  Kind = "kill-switch" // takes something away in a second
	Permission  Kind = "permission"  // who may see something, for good
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{Release, Experiment, Operational, KillSwitch, Permission} }

// Lifetime returns how long a flag of kind k should live if nothing else is
// said; 0: for ever.
func (k Kind) Lifetime() time.Duration {
	const day = 24 * time.Hour
	switch k {
	case Release, Experiment:
		return 40 * day
	case Operational:
		return 7 * day
	case KillSwitch, Permission:
	}
	return 0
}

// Expiry returns the day on which a flag of kind k that was made at a time
// should be gone; zero: never.
func (k Kind) Expiry(made time.Time) time.Time {
	if k.Lifetime() == 0 {
		return time.Time{}
	}
	return made.Add(k.Lifetime()).UTC().Truncate(24 * time.Hour)
}
