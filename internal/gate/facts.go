package gate

import (
	"fmt"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// Facts are what gates decide by; the engine gathers them.
type Facts struct {
	Service        string
	Environment    string
	Release        davit.Release
	Params         map[string]any // of the gate, as davit.yaml has them
	Now            time.Time
	Since          time.Time // when the release began to wait here; zero: Now
	Deadline       time.Time // when waiting turns into a refusal; zero: what cannot be answered is refused at once
	Approvals      []Approval
	Pusher         string               // whose credential pushed the commit
	After          []string             // environments the release must have been in before; empty: any of ReachedEarlier
	ReachedEarlier map[string]time.Time // environment to when the release had all of its traffic there
	Quarantined    string               // why the artifact is in quarantine; empty: it is not
	Flags          []Flag               // feature flags of the service; nil: not known, which is not none
	Folder         string               // where commands run; empty: a folder of their own
	Secrets        map[string]string    // variables for commands; hidden in what they print
}

// Approval is one person's yes.
type Approval struct {
	Actor string
	Role  davit.Role
	At    time.Time
}

func pass(reason string) davit.Finding {
	return davit.Finding{Answer: davit.Passed, Reason: reason}
}

func refuse(reason string) davit.Finding {
	return davit.Finding{Answer: davit.Refused, Reason: reason}
}

func wait(reason string, until time.Time) davit.Finding {
	return davit.Finding{Answer: davit.Waiting, Reason: reason, Until: until}
}

// unanswered is the finding where there is no answer.
func (f Facts) unanswered(reason string) davit.Finding {
	if f.Now.Before(f.Deadline) {
		return wait(reason+"; it counts as a refusal at the deadline", f.Deadline)
	}
	return refuse(reason)
}

func (f Facts) since() time.Time {
	if f.Since.IsZero() {
		return f.Now
	}
	return f.Since
}

// duration reads a parameter such as "1h" or "7d".
func (f Facts) duration(name string, fallback time.Duration) (time.Duration, error) {
	switch v := f.Params[name].(type) {
	case nil:
		return fallback, nil
	case time.Duration:
		return v, nil
	case string:
		d, err := spec.ParseDuration(v)
		if err != nil {
			return 0, fmt.Errorf("parameter %s: %w", name, err)
		}
		return d, nil
	default:
		return 0, fmt.Errorf("parameter %s: %v is not a duration", name, v)
	}
}

// whole reads a parameter that is a whole number of at least 1.
func (f Facts) whole(name string, fallback int) (int, error) {
	n := float64(fallback)
	switch v := f.Params[name].(type) {
	case nil:
	case int:
		n = float64(v)
	case int64:
		n = float64(v)
	case float64:
		n = v
	default:
		return 0, fmt.Errorf("parameter %s: %v is not a number", name, v)
	}
	if n < 1 || n > 1000 || n != float64(int(n)) {
		return 0, fmt.Errorf("parameter %s: %v is not a whole number from 1 to 1000", name, n)
	}
	return int(n), nil
}

func (f Facts) text(name, fallback string) (string, error) {
	switch v := f.Params[name].(type) {
	case nil:
		return fallback, nil
	case string:
		return v, nil
	default:
		return "", fmt.Errorf("parameter %s: %v is not text", name, v)
	}
}

func (f Facts) flag(name string) (bool, error) {
	switch v := f.Params[name].(type) {
	case nil:
		return false, nil
	case bool:
		return v, nil
	default:
		return false, fmt.Errorf("parameter %s: %v is neither true nor false", name, v)
	}
}

// and joins names for people: "a", "a and b", "a, b and c".
func and(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
