package flag

// Flag is one flag of a set, compiled.
type Flag struct {
	key      string
	enabled  bool
	kind     Kind
	variants []Variant
	byName   map[string]int32 // where there are many variants
	fallback int              // number of the default variant; -1: none
	rule     node             // nil: no targeting
	broken   string           // why the flag cannot be evaluated; empty: it can
	foreign  bool             // some operator is this program's own
	raw      []byte           // the targeting as it was written, without white space
	own      Metadata         // without the set's
	metadata Metadata
	static   *static // its set's
}

// manyVariants is the number of variants from which they are found by a map.
const manyVariants = 8

// Key is the flag's name in its set.
func (f *Flag) Key() string { return f.key }

// Enabled reports whether the flag's state is ENABLED.
func (f *Flag) Enabled() bool { return f.enabled }

// Kind is what all the flag's variants are.
func (f *Flag) Kind() Kind { return f.kind }

// Variants are the flag's possible answers, sorted by name. The caller must not change them.
func (f *Flag) Variants() []Variant { return f.variants }

// Default is the default variant; false if there is none and the program's own default counts.
func (f *Flag) Default() (Variant, bool) {
	if f.fallback < 0 {
		return Variant{}, false
	}
	return f.variants[f.fallback], true
}

// Metadata are the facts of the set and, over them, of the flag.
func (f *Flag) Metadata() Metadata { return f.metadata }

// Targeting is the rule as compact JSON, nil if there is none. The caller must not change it.
func (f *Flag) Targeting() []byte { return f.raw }

// Portable reports whether every flagd client can evaluate the flag. If not,
// some operator of it, one whose name begins with davit., is understood by
// this program only.
func (f *Flag) Portable() bool { return !f.foreign }

// Evaluate returns what the flag gives to c; a nil c is an empty context. now
// is the time in Unix seconds. It never panics and allocates nothing, short
// of arrays and texts that rules build and that outgrow c's memory. What its set
// has as static attributes is set in c, and stays there.
func (f *Flag) Evaluate(c *Context, now int64) Result {
	switch {
	case !f.enabled:
		return Result{Reason: Disabled, Flag: f}
	case f.broken != "":
		return Result{Reason: Failed, Code: ParseError, Detail: f.broken, Flag: f}
	case f.rule == nil:
		return f.byDefault(Static)
	}
	if c == nil {
		c = NewContext()
		defer c.Release()
	}
	f.static.over(c)
	e, mark := &c.eval, c.used
	e.begin(c, f, now)
	v := f.rule.eval(e)
	stopped := e.steps < 0
	c.used = mark
	if stopped {
		return Result{Reason: Failed, Code: General, Detail: "the targeting takes more than a million steps", Flag: f}
	}
	return f.chosen(v)
}

// chosen is the result if the targeting gave v.
func (f *Flag) chosen(v val) Result {
	i := -1
	switch v.form {
	case isText:
		i = f.variant(v.str)
	case isBool:
		if v.num != 0 {
			i = f.variant("true")
		} else {
			i = f.variant("false")
		}
	case isNumber:
		if v.num-v.num != 0 { // NaN or infinite: nothing
			return f.byDefault(Default)
		}
		var room [32]byte
		i = f.variant(string(appendNumber(room[:0], v.num)))
	case isNull:
		return f.byDefault(Default)
	}
	if i < 0 {
		return Result{Reason: Failed, Code: General, Detail: "the targeting gave something that is no variant of the flag", Flag: f}
	}
	return Result{Value: f.variants[i].Value, Variant: f.variants[i].Name, Reason: TargetingMatch, Flag: f}
}

// byDefault is the default variant, or nothing.
func (f *Flag) byDefault(r Reason) Result {
	if f.fallback < 0 {
		return Result{Reason: Default, Flag: f}
	}
	v := &f.variants[f.fallback]
	return Result{Value: v.Value, Variant: v.Name, Reason: r, Flag: f}
}

// variant is the number of the variant of that name, -1 if there is none.
func (f *Flag) variant(name string) int {
	if f.byName != nil {
		if i, ok := f.byName[name]; ok {
			return int(i)
		}
		return -1
	}
	for i := range f.variants {
		if f.variants[i].Name == name {
			return i
		}
	}
	return -1
}
