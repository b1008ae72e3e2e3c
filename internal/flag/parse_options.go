package flag

// ParseOptions say how a document is read.
type ParseOptions struct {
	// Lenient takes a document as flagd takes it: a flag that cannot be
	// compiled answers PARSE_ERROR, the others work, and each trouble is a
	// warning. Otherwise anything that flagd's schema forbids, and any operator
	// that is not known, refuses the whole document.
	Lenient bool
	// ID is put into the metadata as flagSetId, and the revision as version,
	// where the document has none. Empty: neither is.
	ID string
	// Hash is how `fractional` hashes where a flag does not say: 2 (also for
	// 0) or 3 are the versions of flagd's specification.
	Hash int
	// Context are attributes, bool, float64 or string by name, that every
	// evaluation has over what the one who asks says, and over the document's
	// own $context. StaticProblem says which names are not for them.
	Context map[string]any
}
