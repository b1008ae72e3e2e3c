package flag

// GOFeatureFlagSlot is the slot of key among slots, 0 … slots−1, as GO Feature
// Flag counts them: a thousand for each per cent. Variants lie in reverse
// alphabetical order. 0 slots give 0.
func GOFeatureFlagSlot(flagKey, key string, slots uint32) uint32 {
	if slots == 0 {
		return 0
	}
	return fnvBytes(fnvBytes(fnvOffset, flagKey), key) % slots
}

// fnvBytes goes on from h over the bytes of s.
func fnvBytes(h uint32, s string) uint32 {
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * fnvPrime
	}
	return h
}
