package spec

import (
	"fmt"
	"path"
	"strings"
)

// CheckGlob says whether pattern is one: * and ? stay inside a name, [a-z] is
// a class, ** as a whole name stands for any number of folders.
func CheckGlob(pattern string) error {
	if pattern == "" {
		return fmt.Errorf("the pattern is empty")
	}
	for part := range strings.SplitSeq(pattern, "/") {
		if part != "**" && strings.Contains(part, "**") {
			return fmt.Errorf("%q: ** must stand alone between slashes", clip(pattern))
		}
		if _, err := path.Match(part, "x"); err != nil {
			return fmt.Errorf("%q is not a pattern", clip(pattern))
		}
	}
	if len(pattern) > 500 || strings.Count(pattern, "**") > 5 {
		return fmt.Errorf("the pattern is too long")
	}
	return nil
}

// Match says whether the slash-separated name fits pattern. A pattern that
// names a folder matches everything below it: "src" is "src/**".
func Match(pattern, name string) bool {
	return match(strings.Split(strings.TrimSuffix(pattern, "/"), "/"), strings.Split(name, "/"))
}

// MatchAny says whether name fits one of patterns.
func MatchAny(patterns []string, name string) bool {
	for _, p := range patterns {
		if Match(p, name) {
			return true
		}
	}
	return false
}

func match(pattern, name []string) bool {
	for len(pattern) > 0 {
		if pattern[0] == "**" {
			for i := 0; i <= len(name); i++ {
				if match(pattern[1:], name[i:]) {
					return true
				}
			}
			return false
		}
		if len(name) == 0 {
			return false
		}
		if ok, err := path.Match(pattern[0], name[0]); err != nil || !ok {
			if pattern[0] != "." || len(pattern) != 1 {
				return false
			}
			return true
		}
		pattern, name = pattern[1:], name[1:]
	}
	return true
}
