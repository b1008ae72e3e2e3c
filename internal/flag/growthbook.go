package flag

import (
	"strconv"
	"unicode/utf8"
)

// GrowthBookV1 is where GrowthBook's first hash puts value, 0 ≤ n < 1 in
// thousandths.
func GrowthBookV1(seed, value string) float64 {
	return float64(fnvUTF16(fnvUTF16(fnvOffset, value), seed)%1000) / 1000
}

// GrowthBookV2 is where GrowthBook's second hash, which its documents call
// unbiased, puts value, 0 ≤ n < 1 in ten-thousandths.
func GrowthBookV2(seed, value string) float64 {
	var room [10]byte
	digits := strconv.AppendUint(room[:0], uint64(fnvUTF16(fnvUTF16(fnvOffset, seed), value)), 10)
	h := uint32(fnvOffset)
	for _, c := range digits {
		h = (h ^ uint32(c)) * fnvPrime
	}
	return float64(h%10000) / 10000
}

// FNV-1a with 32 bits.
const (
	fnvOffset = 2166136261
	fnvPrime  = 16777619
)

// fnvUTF16 goes on from h over the UTF-16 units of s, as JavaScript's
// charCodeAt gives them.
func fnvUTF16(h uint32, s string) uint32 {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			h = (h ^ uint32(s[i])) * fnvPrime
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if r >= 0x10000 {
			r -= 0x10000
			h = (h ^ uint32(0xd800+r>>10)) * fnvPrime
			r = 0xdc00 + r&0x3ff
		}
		h = (h ^ uint32(r)) * fnvPrime
	}
	return h
}
