package davit

// Change is what one decision writes, all of it in one transaction or none.
type Change struct {
	Records []Record // each replaces the Version it names; a mismatch is a Conflict and nothing is written
	Deleted []Record // by Kind and ID
	Events  []Event  // appended to the journal in this order
	Effects []Effect // what is to be done; a key that is already there is left as it is
	Done    []string // keys of effects that are over
}
