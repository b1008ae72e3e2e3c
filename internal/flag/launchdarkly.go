package flag

import (
	"crypto/sha1"
	"encoding/binary"
)

// LaunchDarklyBucket is where LaunchDarkly puts value, 0 ≤ n ≤ 1. prefix is
// the flag's key, a dot and its salt; or, of an experiment, its seed.
func LaunchDarklyBucket(prefix, value string) float32 {
	var room [128]byte
	sum := sha1.Sum(appendPair(room[:0], prefix, '.', value))
	// The first fifteen hexadecimal digits.
	return float32(binary.BigEndian.Uint64(sum[:])>>4) / float32(uint64(0xFFFFFFFFFFFFFFF))
}
