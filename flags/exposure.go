package flags

// Exposure is one evaluation that gave a variant.
type Exposure struct {
	Set      string // "project/environment"
	Revision string // of the set
	Flag     string
	Variant  string
	Reason   string // STATIC, TARGETING_MATCH or DEFAULT
	Key      string // the targeting key; empty if there is none
}
