package app

import (
	"maps"
	"strings"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/access"
	"github.com/davit-cd/davit/internal/flag"
)

// facts are the static attributes of flag sets, by set; those of "" are for all.
type facts map[string]map[string]any

// readFacts reads [PROJECT/ENVIRONMENT:]NAME=VALUE. A value is a text.
func readFacts(list []string) (facts, error) {
	out := facts{}
	for _, item := range list {
		name, value, ok := strings.Cut(item, "=")
		set := ""
		if i := strings.LastIndexByte(name, ':'); i >= 0 {
			set, name = name[:i], name[i+1:]
			if err := access.CheckFlagSet(set); err != nil {
				return nil, err
			}
		}
		why := flag.StaticProblem(name)
		if !ok {
			why = "it has no ="
		}
		if why != "" {
			return nil, &davit.Error{
				Kind: davit.Invalid, Text: "static attribute " + item + ": " + why,
				Hint: "write as in --flags-context region=eu, or shop/production:region=eu for one flag set",
			}
		}
		if out[set] == nil {
			out[set] = map[string]any{}
		}
		out[set][name] = value
	}
	return out, nil
}

// of returns those of one set; the set's own go before those for all.
func (f facts) of(set string) map[string]any {
	out := maps.Clone(f[""])
	if out == nil {
		return f[set]
	}
	maps.Copy(out, f[set])
	return out
}
