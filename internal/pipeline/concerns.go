package pipeline

import (
	"fmt"
	"path"
	"strings"

	"github.com/davit-cd/davit/internal/spec"
)

// Concerns reports whether a commit that changes the given files concerns the
// service. No files at all mean that nothing is known of them: then it does.
func Concerns(service spec.Service, changed []string) bool {
	if len(changed) == 0 {
		return true
	}
	watch := service.Watch
	if len(watch) == 0 {
		watch = []string{path.Join(service.Path, "**")}
	}
	for _, file := range changed {
		if spec.MatchAny(watch, file) {
			return true
		}
	}
	return false
}

// needless says why this commit does not need a stage restricted by w, or
// returns "".
func (s State) needless(w spec.When) string {
	if len(w.Branches) > 0 && !spec.MatchAny(w.Branches, s.Branch) {
		return fmt.Sprintf("Branch %s is not one of %s.", s.Branch, list(w.Branches, 5))
	}
	if len(w.Paths) == 0 || len(s.Changed) == 0 || s.ChangedMore > 0 {
		return ""
	}
	for _, file := range s.Changed {
		// Globs may be written from the root of the repository or from the
		// service's folder; running a stage too often is the lesser harm.
		below, ok := strings.CutPrefix(file, strings.TrimSuffix(path.Clean(s.Spec.Path), "/")+"/")
		if spec.MatchAny(w.Paths, file) || ok && spec.MatchAny(w.Paths, below) {
			return ""
		}
	}
	return fmt.Sprintf("No changed file matches %s.", list(w.Paths, 5))
}
