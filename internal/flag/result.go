package flag

// Result is what an evaluation gave.
type Result struct {
	Value   *Value // nil: the program's own default counts
	Variant string // the variant's name; empty where there is none
	Reason  Reason
	Code    Code   // empty: all went well
	Detail  string // what went wrong, for people
	Flag    *Flag  // nil: there is no such flag
}

// As returns r if it gives a value of kind k, or none at all, else a
// TYPE_MISMATCH.
func (r Result) As(k Kind) Result {
	if r.Value == nil || r.Value.kind == k {
		return r
	}
	return Result{Reason: Failed, Code: TypeMismatch, Detail: "the flag gives a " + r.Value.kind.String() + ", not a " + k.String(), Flag: r.Flag}
}

// AsInt returns r if it gives a whole number within ±(2^53−1), or nothing at
// all, else a TYPE_MISMATCH. Nothing is rounded.
func (r Result) AsInt() Result {
	if r = r.As(Number); r.Value == nil {
		return r
	}
	if _, ok := r.Value.Int(); ok {
		return r
	}
	return Result{Reason: Failed, Code: TypeMismatch, Detail: "the flag gives a number that is not a whole one within ±(2^53−1)", Flag: r.Flag}
}

// NotFound is the result for a key that names no flag.
func NotFound(key string) Result {
	return Result{Reason: Failed, Code: FlagNotFound, Detail: "there is no flag " + quote(key)}
}
