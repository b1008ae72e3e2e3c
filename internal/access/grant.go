package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/davit-cd/davit"
)

// Grant is what a credential gives to its bearer.
type Grant struct {
	Name  string     // of whom or what it is for
	Role  davit.Role //
	Flags []string   // flag sets it may evaluate, "project/environment"; none: all
}

// FlagSet returns the flag set that a selector means to the bearer of g. A
// selector is "flagSetId=ID" or "source=ID" (more than one, with commas between
// them, must agree), or an id alone; ID is "project/environment". Without one,
// the only set that g is bound to is meant, or else the only one of sets, which
// are all there are. A token in it ("token=dvt_…") is not looked at.
//
// It is Forbidden if g may not evaluate flags, or not those of that set, and
// Invalid if the selector cannot be read or is needed and missing. Whether the
// set exists is not asked.
func (g Grant) FlagSet(selector string, sets func() []string) (string, error) {
	if err := Allow(g.Role, FlagEvaluate); err != nil {
		return "", err
	}
	id, err := parseSelector(selector)
	if err != nil {
		return "", err
	}
	switch {
	case id != "":
	case len(g.Flags) == 1:
		return g.Flags[0], nil
	default:
		if id, err = only(g.Flags, sets()); err != nil {
			return "", err
		}
	}
	if len(g.Flags) > 0 && !slices.Contains(g.Flags, id) {
		return "", &davit.Error{
			Kind: davit.Forbidden, Text: fmt.Sprintf("the token %s may not evaluate flags of %q", g.Name, id),
			Hint: "it is bound to " + strings.Join(g.Flags, ", "),
		}
	}
	return id, nil
}

// only returns the one set of all that is among the allowed ones; none allowed
// means that all are.
func only(allowed, all []string) (string, error) {
	found := all
	if len(allowed) > 0 {
		found = slices.DeleteFunc(slices.Clone(all), func(id string) bool { return !slices.Contains(allowed, id) })
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return "", &davit.Error{
		Kind: davit.Invalid, Text: fmt.Sprintf("say which flag set is meant: this token may evaluate %d", len(found)),
		Hint: `send the header "Flagd-Selector: flagSetId=project/environment", or use a token that is bound to one set`,
	}
}

func parseSelector(s string) (string, error) {
	id := ""
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		key, value, named := strings.Cut(part, "=")
		if !named {
			key, value = "source", part
		}
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if key == tokenKey {
			continue
		}
		if key != "flagSetId" && key != "source" {
			return "", &davit.Error{
				Kind: davit.Invalid, Text: fmt.Sprintf("selector %q: there is no %q to select by", s, key),
				Hint: "a selector is flagSetId=project/environment",
			}
		}
		if id != "" && id != value {
			return "", &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("selector %q: it names two flag sets", s), Hint: "a selector is flagSetId=project/environment"}
		}
		id = value
	}
	return id, nil
}

// tokenKey is how a selector carries a token: "token=dvt_…". Some of flagd's
// clients can send a selector and no other header.
const tokenKey = "token"

// SelectorToken returns the token that a selector carries; empty if none.
func SelectorToken(s string) string {
	for part := range strings.SplitSeq(s, ",") {
		if key, value, ok := strings.Cut(part, "="); ok && strings.TrimSpace(key) == tokenKey {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// CheckFlagSet says whether id has the form of a flag set's id:
// "project/environment", each 1 to 63 letters, digits, dots, dashes and
// underscores.
func CheckFlagSet(id string) error {
	project, environment, ok := strings.Cut(id, "/")
	if !ok || !named(project) || !named(environment) {
		return &davit.Error{
			Kind: davit.Invalid, Text: fmt.Sprintf("%q is not a flag set", id),
			Hint: `a flag set is a project and an environment, such as "shop/production"`,
		}
	}
	return nil
}

func named(s string) bool {
	const most = 63
	return s != "" && len(s) <= most && strings.Trim(s, base62+"._-") == ""
}
