package flag

import "github.com/twmb/murmur3"

// unleashSeed is the seed of Unleash's variants; rollouts have 0.
const unleashSeed = 86028157

// UnleashBucket is Unleash's bucket of id for a gradual rollout, 1 … 100: the
// strategy is on if it is no greater than the percentage.
func UnleashBucket(group, id string) uint32 {
	var room [128]byte
	return murmur3.Sum32(appendPair(room[:0], group, ':', id))%100 + 1
}

// UnleashVariant is Unleash's bucket of id among variants whose weights add
// up to total, 1 … total: the first variant counts at which the sum of the
// weights is no smaller. A total of 0 gives 0.
func UnleashVariant(group, id string, total uint32) uint32 {
	if total == 0 {
		return 0
	}
	var room [128]byte
	return murmur3.SeedSum32(unleashSeed, appendPair(room[:0], group, ':', id))%total + 1
}

// appendPair appends a and b with a byte between.
func appendPair(room []byte, a string, between byte, b string) []byte {
	return append(append(append(room, a...), between), b...)
}
