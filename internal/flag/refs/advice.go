package refs

import (
	"fmt"
	"maps"
	"slices"
)

// Flag is what is known of a flag on the server.
type Flag struct {
	Key   string
	Stale []string // why it should go
	Keep  string   // the variant everybody gets; empty: several
	Lasts bool     // its kind lives for good
}

// Advice says what to do about one key.
type Advice struct {
	Key  string
	Uses []Use
	Step string // remove-code, remove-flag, look, unknown, keep
	Text string
}

// The steps.
const (
	RemoveCode = "remove-code" // the flag has done its work: take it out of the code
	RemoveFlag = "remove-flag" // nothing asks for it: take it away
	Look       = "look"        // it may be removed once somebody has looked
	Unknown    = "unknown"     // the code asks for a flag that is not there
	Keep       = "keep"        // it is in use
)

// Advise says of every flag, and of every key the code asks for, what to do.
// unread are the calls whose key cannot be read: while there are any, a flag
// without uses is not safe to remove by itself.
func Advise(flags []Flag, uses []Use) (advice []Advice, unread []Use) {
	byKey := map[string][]Use{}
	for _, u := range uses {
		if u.Key == "" {
			unread = append(unread, u)
			continue
		}
		byKey[u.Key] = append(byKey[u.Key], u)
	}
	for _, f := range flags {
		a := Advice{Key: f.Key, Uses: byKey[f.Key], Step: Keep, Text: "in use"}
		delete(byKey, f.Key)
		switch {
		case len(a.Uses) == 0 && len(unread) > 0:
			a.Step, a.Text = Look, fmt.Sprintf("not found, but the keys of %d calls cannot be read: look at those first", len(unread))
		case len(a.Uses) == 0:
			a.Step, a.Text = RemoveFlag, "the code does not ask for it: it is safe to remove once no older release runs"
		case len(f.Stale) > 0 && f.Keep != "":
			a.Step, a.Text = RemoveCode, fmt.Sprintf("keep what the code does for %q and remove the other branches: %s", f.Keep, f.Stale[0])
		case len(f.Stale) > 0:
			a.Step, a.Text = Look, f.Stale[0]
		}
		advice = append(advice, a)
	}
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		advice = append(advice, Advice{Key: key, Uses: byKey[key], Step: Unknown, Text: "there is no such flag: the code gets its own default"})
	}
	return advice, unread
}
