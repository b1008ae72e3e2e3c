package flags

// Evaluation is what a flag gave, with the reasons.
type Evaluation struct {
	Value   any    // bool, string, float64 or map[string]any; nil: the program's own default counts
	Variant string // empty where there is none
	Reason  string // STATIC, TARGETING_MATCH, DEFAULT, DISABLED or ERROR
	Code    string // OpenFeature's error code, as FLAG_NOT_FOUND; empty: all went well
	Detail  string // what went wrong
}
