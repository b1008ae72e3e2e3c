package pipeline

import (
	"path"
	"strings"
)

// Match reports whether the file name, a slash-separated path without a leading
// "./", matches the glob pattern. "*", "?" and "[…]" stay within one folder,
// "**" stands for any number of folders, and a pattern that names a folder (with
// or without a trailing slash) matches everything below it. A pattern that is
// no glob matches nothing but itself.
func Match(pattern, name string) bool {
	pattern = path.Clean(strings.TrimPrefix(pattern, "/"))
	if pattern == "." {
		return true
	}
	return matchSegments(strings.Split(pattern, "/"), strings.Split(path.Clean(name), "/"), 10_000)
}

// matchSegments matches pattern against the front of name; whatever of name is
// left over lies below a matching folder. Steps bounds the work that a hostile
// pattern can ask for.
func matchSegments(pattern, name []string, steps int) bool {
	m := matcher{steps: steps}
	return m.match(pattern, name)
}

type matcher struct{ steps int }

func (m *matcher) match(pattern, name []string) bool {
	for len(pattern) > 0 {
		if m.steps--; m.steps < 0 {
			return false
		}
		if pattern[0] == "**" {
			for len(pattern) > 0 && pattern[0] == "**" {
				pattern = pattern[1:]
			}
			if len(pattern) == 0 {
				return len(name) > 0
			}
			for i := range name {
				if m.match(pattern, name[i:]) {
					return true
				}
			}
			return false
		}
		if len(name) == 0 {
			return false
		}
		if ok, err := path.Match(pattern[0], name[0]); (!ok || err != nil) && pattern[0] != name[0] {
			return false
		}
		pattern, name = pattern[1:], name[1:]
	}
	return true
}

// matchAny reports whether one of patterns matches name.
func matchAny(patterns []string, name string) bool {
	for _, p := range patterns {
		if Match(p, name) {
			return true
		}
	}
	return false
}
