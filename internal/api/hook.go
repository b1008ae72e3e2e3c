package api

// HookBase is where the hooks of the git endpoint call the server; each call
// carries the one-time token of its push as bearer.
const HookBase = "/hooks"

// QuietHeader on a push says that the pusher follows the run by other means, so
// the push itself ends as soon as the run is there.
const QuietHeader = "Davit-Quiet"

// Update is one reference that a push changes.
type Update struct {
	Ref  string `json:"ref"`
	Old  string `json:"old,omitempty"`
	New  string `json:"new,omitempty"`
	File []byte `json:"file,omitempty"` // davit.yaml at New, which only the hook can see before the push is taken
	// Flags are the files with feature flags at New that davit.yaml leads to, by
	// path; one that is not there is not among them.
	Flags map[string][]byte `json:"flags,omitempty"`
}

// HookCall is what a hook tells the server.
type HookCall struct {
	Updates []Update `json:"updates"`
}
