package flag

import "hash/crc32"

// FliptVariant is Flipt's bucket of entity for the distributions of a variant
// flag, 0 … 999.
func FliptVariant(flagKey, entity string) uint32 {
	return fliptHash(flagKey, entity) % 1000
}

// FliptThreshold is Flipt's bucket of entity for the rollouts of a boolean
// flag, 0 … 99: the rollout holds if it is below the percentage.
func FliptThreshold(flagKey, entity string) uint32 {
	return fliptHash(entity, flagKey) % 100
}

func fliptHash(a, b string) uint32 {
	var room [128]byte
	return crc32.ChecksumIEEE(append(append(room[:0], a...), b...))
}
