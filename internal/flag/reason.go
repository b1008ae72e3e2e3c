package flag

// Reason says why a result is what it is, in OpenFeature's words.
type Reason string

// The reasons. flagd never says SPLIT: a split is targeting too.
const (
	Static         Reason = "STATIC"          // the default variant, there being no targeting
	TargetingMatch Reason = "TARGETING_MATCH" // targeting named the variant
	Default        Reason = "DEFAULT"         // targeting named none
	Disabled       Reason = "DISABLED"        // the flag is switched off
	Failed         Reason = "ERROR"           // see the result's code
)
