package authoring

import (
	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
)

// Salt returns the salt of the bucket that decides what a flag's split gives to
// those no rule holds for; ok is false where users are put into buckets by
// another attribute than their key, or by another system's hash.
func Salt(f Flag, environment string) (salt string, ok bool) {
	s := f.State(environment)
	if s.By != "" && s.By != targetingKey || f.Hash != nil && f.Hash.Name != "murmur3-v2" {
		return "", false
	}
	switch {
	case s.Bucket == Flagd:
		return f.Key, true
	case s.Bucket == Router:
		return f.Project + "/" + environment + "/", true
	case f.Hash != nil && f.Hash.Salt != "":
		return f.Hash.Salt, true
	}
	return f.Project + "/" + f.Key + "/default/0/", true
}

// Assign returns the variant that a flag's split gives to a key. ok is false if
// the key does not take part: a group keeps it out, the flag is off, or its
// split is not Davit's to compute. Rules and targets are not looked at: who has
// a variant because of them was not assigned to it by chance.
func Assign(f Flag, environment string, groups []Group, key string) (variant string, ok bool) {
	s := f.State(environment)
	salt, ours := Salt(f, environment)
	if !s.On || !ours || key == "" || len(s.Serve.Split) == 0 {
		return "", false
	}
	for _, g := range groups {
		if g.gates(f.Key) && !g.lets(f.Project, f.Key, key) {
			return "", false
		}
	}
	return pick(salt, key, s.Serve.Split)
}

// lets reports whether a group lets a key take part in a flag, as takesPart
// compiles it.
func (g Group) lets(project, flag, key string) bool {
	salt := project + "/group/" + g.Name + "/"
	if g.Holdout > 0 {
		held, _ := pick(salt, key, Ordered[davit.Weight]{{Name: "held", Value: g.Holdout}, {Name: "free", Value: davit.Full - g.Holdout}})
		return held != "held"
	}
	to, _ := pick(salt, key, g.Shares)
	return to == flag
}

// pick returns the first whose running sum is above the key's bucket.
func pick(salt, key string, shares Ordered[davit.Weight]) (string, bool) {
	bucket, sum := davit.Weight(flag.Bucket(salt, key, uint32(davit.Full))), davit.Weight(0)
	for _, s := range shares {
		if sum += s.Value; bucket < sum {
			return s.Name, true
		}
	}
	return "", false
}
