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
}
