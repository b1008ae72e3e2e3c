package audit

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/davit-cd/davit"
)

// Chain returns the hash of e, in hex, as the line that follows the line whose
// hash is prev ("" for the first line). It disregards e.Prev and e.Hash.
func Chain(prev string, e davit.Event) string {
	sum := sha256.Sum256(appendBody(make([]byte, 0, 512), prev, e))
	return hex.EncodeToString(sum[:])
}
