package davit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Digest is a content address in OCI notation: "sha256:" and 64 hex digits.
type Digest string

// DigestOf returns the digest of b.
func DigestOf(b []byte) Digest {
	sum := sha256.Sum256(b)
	return Digest("sha256:" + hex.EncodeToString(sum[:]))
}

// With returns the digest that stands for an artifact, d, together with one
// configuration of it; without a configuration it is the artifact's own.
func (d Digest) With(config Digest) Digest {
	if config == "" {
		return d
	}
	return DigestOf([]byte(string(d) + "\n" + string(config)))
}

// ParseDigest checks s and returns it as a digest.
func ParseDigest(s string) (Digest, error) {
	h, ok := strings.CutPrefix(s, "sha256:")
	if raw, err := hex.DecodeString(h); !ok || err != nil || len(raw) != sha256.Size || h != strings.ToLower(h) {
		return "", fmt.Errorf("digest %q: want sha256: and 64 hex digits", s)
	}
	return Digest(s), nil
}

// Short returns the first 12 hex digits, for people.
func (d Digest) Short() string {
	h := strings.TrimPrefix(string(d), "sha256:")
	return h[:min(12, len(h))]
}
