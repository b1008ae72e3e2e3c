package flag

import "github.com/twmb/murmur3"

// Bucket returns the bucket of key, 0 … base−1, among those of salt. It is
// flagd's fractional hash, version 2: murmur3 x86 32 with seed 0 over the
// UTF-8 of salt followed by key, scaled by multiply and shift so that every
// bucket is hit alike, whatever the base.
//
// A user is in the first w of base buckets exactly if Bucket < w, so a share
// that grows keeps everybody it had. A base of 0 gives 0.
func Bucket(salt, key string, base uint32) uint32 {
	var room [128]byte // longer ones cost an allocation, nothing else
	b := append(append(room[:0], salt...), key...)
	return uint32(uint64(murmur3.Sum32(b)) * uint64(base) >> 32)
}
