package flag

// Code is OpenFeature's name for what went wrong; empty if nothing did.
type Code string

// The codes.
const (
	FlagNotFound        Code = "FLAG_NOT_FOUND"
	ParseError          Code = "PARSE_ERROR"
	TypeMismatch        Code = "TYPE_MISMATCH"
	TargetingKeyMissing Code = "TARGETING_KEY_MISSING"
	InvalidContext      Code = "INVALID_CONTEXT"
	General             Code = "GENERAL"
)
