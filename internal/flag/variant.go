package flag

// Variant is one of the answers a flag may give.
type Variant struct {
	Name  string
	Value *Value
}
