package flag

import "strings"

// operator says how an operator is compiled.
type operator struct {
	least, most int // arguments; most < 0: any number
	fn          func(e *eval, args []node) val
	loops       bool // its second argument is run with each item of the first
	impure      bool // equal arguments may give different results
	foreign     bool // no flagd client knows it
}

// operators are the operators that need no form of their own, by name.
func operators() map[string]operator {
	ops := map[string]operator{
		"!":            {least: 1, most: 1, fn: not},
		"!!":           {least: 1, most: 1, fn: truthful},
		"+":            {least: 1, most: -1, fn: sum},
		"-":            {least: 1, most: -1, fn: difference},
		"*":            {least: 1, most: -1, fn: product},
		"/":            {least: 2, most: 2, fn: quotient},
		"%":            {least: 2, most: 2, fn: remainder},
		"max":          {least: 1, most: -1, fn: largest},
		"min":          {least: 1, most: -1, fn: smallest},
		"cat":          {least: 1, most: -1, fn: concatenate},
		"substr":       {least: 2, most: 3, fn: substring},
		"in":           {least: 2, most: 2, fn: contains},
		"merge":        {least: 1, most: -1, fn: merge},
		"map":          {least: 2, most: 2, fn: mapped, loops: true},
		"filter":       {least: 2, most: 2, fn: filtered, loops: true},
		"all":          {least: 2, most: 2, fn: all, loops: true},
		"some":         {least: 2, most: 2, fn: some, loops: true},
		"none":         {least: 2, most: 2, fn: none, loops: true},
		"reduce":       {least: 3, most: 3, fn: reduce, loops: true},
		"missing":      {least: 0, most: -1, fn: missing, impure: true},
		"missing_some": {least: 2, most: 2, fn: missingSome, impure: true},
		"starts_with":  {least: 2, most: 2, fn: affix(strings.HasPrefix)},
		"ends_with":    {least: 2, most: 2, fn: affix(strings.HasSuffix)},
		"sem_ver":      {least: 3, most: 3, fn: versionTest},
	}
	foreignOperators(ops)
	return ops
}

// special are the operators that have a form of their own, with the number of
// arguments they take.
func special(op string) (least, most int, ok bool) {
	switch op {
	case "if", "?:", "and", "or":
		return 1, -1, true
	case "==", "===", "!=", "!==", ">", ">=":
		return 2, 2, true
	case "<", "<=":
		return 2, 3, true
	case "var":
		return 0, 2, true
	case "fractional":
		return 1, -1, true
	}
	return 0, 0, false
}
