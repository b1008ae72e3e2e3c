package pipeline

// Phase says where a run stands.
type Phase string

// The phases. The last four are final.
const (
	Queued     Phase = "queued"     // waits for its turn, see Queue
	Running    Phase = "running"    // its stages are under way
	Packaging  Phase = "packaging"  // its artifact is being packed
	Deploying  Phase = "deploying"  // its release passes through the environments
	Succeeded  Phase = "succeeded"  // it went as far as it was meant to go
	Failed     Phase = "failed"     // a gate stopped it: State.StoppedBy says which
	Cancelled  Phase = "cancelled"  // a person stopped it
	Superseded Phase = "superseded" // a newer commit took its place: State.SupersededBy says which
)

// Final reports whether nothing more can happen in p.
func (p Phase) Final() bool {
	return p == Succeeded || p == Failed || p == Cancelled || p == Superseded
}
