package authoring

// serverOnly is a comparison that Davit's server evaluates and flagd's clients
// cannot.
func serverOnly(a expr, t Test) expr {
	switch t.Op {
	case Matches:
		return op("davit.matches", a, t.Value)
	case Cidr:
		return op("davit.cidr", a, several(t.Value))
	case After:
		return op("davit.after", a, t.Value)
	case Before:
		return op("davit.before", a, t.Value)
	case Like:
		return op("davit.equals_fold", a, t.Value)
	}
	return no
}

// foreign is a split by another system's hash.
func foreign(f Flag, by string, shares []expr) expr {
	salt := f.Hash.Salt
	if salt == "" {
		salt = f.Key
	}
	return map[string]expr{"davit.split": append([]expr{f.Hash.Name, salt, variable(by)}, shares...)}
}
