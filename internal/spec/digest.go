package spec

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/davit-cd/davit"
)

// ConfigDigest returns the digest of what a process sees in an environment:
// its command, variables, secrets by name, checks and bounds. How a release
// gets there (strategy, judge, gates) is not part of it, so changing that does
// not make a new configuration. It is empty if there is no such environment.
func (s Service) ConfigDigest(environment string) davit.Digest {
	i := slices.IndexFunc(s.Environments, func(e Environment) bool { return e.Name == environment })
	if i < 0 {
		return ""
	}
	run := s.Environments[i].Run
	run.Secrets = slices.Clone(run.Secrets)
	slices.SortFunc(run.Secrets, func(a, b davit.SecretRef) int {
		return cmp.Or(cmp.Compare(a.Env, b.Env), cmp.Compare(a.File, b.File), cmp.Compare(a.Name, b.Name))
	})
	if len(run.Env) == 0 {
		run.Env = nil // an empty map and none are the same to a process
	}
	if len(run.Secrets) == 0 {
		run.Secrets = nil
	}
	if len(run.Command) == 0 {
		run.Command = nil
	}
	canonical, err := json.Marshal(run) // the order of fields is fixed, maps are sorted by key
	if err != nil {
		return "" // texts, numbers and maps of texts always marshal
	}
	return davit.DigestOf(canonical)
}
