package notify

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/davit-cd/davit"
)

// Kinds of the records that are kept; the body of each is the JSON of the type
// named beside it.
const (
	KindChannel  = "channel"          // Channel, id its name
	KindProgress = "channel-progress" // Progress, id the channel's name
)

// Channel is somebody who wants to be told.
type Channel struct {
	Name         string
	Kind         string   // of the Sender: "webhook", "slack", "email"
	Events       []string // kinds, or beginnings of kinds that end in "*"; empty: DefaultEvents
	Services     []string // empty: all
	Environments []string // empty: all, and what has no environment
	Sealed       []byte   // the Address, sealed
	Shown        string   // what may be shown of the address
	Actor        string   // who made it
	Created      time.Time
}

// Progress is how far a channel has been told.
type Progress struct {
	Seq       int64     // of the last event that is dealt with
	Delivered time.Time // of the last delivery; zero: none yet
	Failing   string    // why the next message cannot be delivered; empty: it can, or was not tried
	Since     time.Time // when that began
	Dropped   int64     // messages that were given up
}

// DefaultEvents is what a channel is told unless it asks for other things: what
// was taken back or stopped, what waits for a person, what is new in an
// environment.
func DefaultEvents() []string {
	return []string{
		"rollout.rolled-back", "rollout.refused", "rollout.held", "rollout.waiting", "rollout.stranded", "rollout.lingering",
		"rollout.promoted", "run.failed", "quarantine.*", "journal.*",
		"ramp.failed", "ramp.lingering", "ramp.done", "flag.killed", "flag.proposed",
	}
}

// Wants reports whether the channel is to be told of an event. What is said
// about the channel itself is never told to it.
func (c Channel) Wants(e davit.Event) bool {
	if strings.HasPrefix(e.Kind, "channel.") && e.Data["channel"] == c.Name {
		return false
	}
	return covers(c.Events, e.Kind) && among(c.Services, e.Service) && among(c.Environments, e.Environment)
}

func covers(patterns []string, kind string) bool {
	if len(patterns) == 0 {
		patterns = DefaultEvents()
	}
	return slices.ContainsFunc(patterns, func(p string) bool {
		beginning, open := strings.CutSuffix(p, "*")
		return p == kind || open && strings.HasPrefix(kind, beginning)
	})
}

func among(set []string, s string) bool { return len(set) == 0 || slices.Contains(set, s) }

var (
	properName    = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	properPattern = regexp.MustCompile(`^([a-z]+(-[a-z]+)*\.)?(\*|[a-z]+(-[a-z]+)*\*?)$`)
)

// Check says what is wrong with a channel, but for its address.
func (c Channel) Check() error {
	if !properName.MatchString(c.Name) {
		return &davit.Error{Kind: davit.Invalid, Text: "a channel's name has small letters, digits and -, at most 63 of them", Hint: "on-call, for example"}
	}
	for _, p := range c.Events {
		if !properPattern.MatchString(p) {
			return &davit.Error{Kind: davit.Invalid, Text: "events: want kinds such as rollout.rolled-back, or beginnings such as rollout.*", Hint: "docs/reference/events.md lists them"}
		}
	}
	return nil
}
