package authoring

import (
	"strings"

	"github.com/davit-cd/davit"
)

// serverOnly is a comparison that Davit's server evaluates and flagd's clients
// cannot.
func serverOnly(a expr, t Test) expr {
	switch t.Op {
	case Matches:
		return op("davit.regex", a, t.Value)
	case Cidr:
		return op("davit.cidr", a, several(t.Value))
	case After:
		return op("davit.date_after", a, t.Value)
	case Before:
		return op("davit.date_before", a, t.Value)
	case Like:
		text, _ := t.Value.(string)
		return op("===", op("davit.lower", a), strings.ToLower(text))
	}
	return no
}

// foreign is a split by another system's hash. Each system has its own whole:
// parts of a hundred, of a thousand, ranges of one.
func foreign(f Flag, off, by string, split Ordered[davit.Weight]) expr {
	salt := f.Hash.Salt
	if salt == "" {
		salt = f.Key
	}
	args := []expr{f.Hash.Name, salt, variable(by)}
	var below davit.Weight
	for _, e := range split {
		w := float64(e.Value)
		switch f.Hash.Name {
		case "unleash", "flipt-threshold":
			if e.Name != off { // beyond the sum nobody is in
				args = append(args, []expr{e.Name, w / 100})
			}
		case "goff-fnv":
			args = append(args, []expr{e.Name, w / 100})
		case "unleash-variant", "flipt-crc32":
			args = append(args, []expr{e.Name, w / 10})
		case "growthbook-v1", "growthbook-v2":
			args = append(args, []expr{e.Name, below.Fraction(), (below + e.Value).Fraction()})
		case "ld-sha1":
			args = append(args, []expr{e.Name, w * 10})
		default:
			args = append(args, []expr{e.Name, int(e.Value)})
		}
		below += e.Value
	}
	return map[string]expr{"davit.bucket": args}
}
