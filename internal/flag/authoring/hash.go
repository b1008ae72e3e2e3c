package authoring

import "github.com/davit-cd/davit"

// Fingerprint is a hash of all that a flag says, for approvals and journal: two
// flags that could answer differently have different ones.
func (f Flag) Fingerprint() davit.Digest {
	text, err := marshal(f)
	if err != nil {
		return "" // JSON values always marshal
	}
	return davit.DigestOf(text)
}
