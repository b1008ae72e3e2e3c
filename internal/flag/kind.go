package flag

// Kind is what a flag gives: all its variants are of one kind.
type Kind uint8

// The kinds. None is that of a value which is not there.
const (
	None Kind = iota
	Bool
	String
	Number
	Object
)

// String is the kind's name in text for people.
func (k Kind) String() string {
	switch k {
	case Bool:
		return "boolean"
	case String:
		return "string"
	case Number:
		return "number"
	case Object:
		return "object"
	}
	return "none"
}
