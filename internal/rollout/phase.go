package rollout

// Phase says where a rollout stands.
type Phase string

// The phases; see the drawing in the package comment.
const (
	Queued      Phase = "queued"
	Preparing   Phase = "preparing"
	Verifying   Phase = "verifying"
	Shifting    Phase = "shifting"
	Baking      Phase = "baking"
	Held        Phase = "held"
	Promoting   Phase = "promoting"
	Settling    Phase = "settling"
	Done        Phase = "done"
	RollingBack Phase = "rolling-back"
	RolledBack  Phase = "rolled-back"
	Stranded    Phase = "stranded"
	Superseded  Phase = "superseded"
	Cancelled   Phase = "cancelled"
)

// Phases lists all phases in the order of the drawing.
func Phases() []Phase {
	return []Phase{Queued, Preparing, Verifying, Shifting, Baking, Held, Promoting, Settling, Done, RollingBack, RolledBack, Stranded, Superseded, Cancelled}
}

// Final reports whether nothing more can happen in p. A stranded rollout is
// not final: a person can send it back again.
func (p Phase) Final() bool {
	switch p {
	case Done, RolledBack, Superseded, Cancelled:
		return true
	case Queued, Preparing, Verifying, Shifting, Baking, Held, Promoting, Settling, RollingBack, Stranded:
	}
	return false
}

// live reports whether the new version may carry traffic in p.
func (p Phase) live() bool {
	switch p {
	case Shifting, Baking, Held, Promoting, Settling:
		return true
	case Queued, Preparing, Verifying, Done, RollingBack, RolledBack, Stranded, Superseded, Cancelled:
	}
	return false
}
