package artifact

import (
	"path"
	"strings"
)

// excluded reports whether a slash-separated path below the packed folder is
// left out. A pattern without a slash matches a file or folder of that name at
// any depth; one with a slash is read from the folder on; ** stands for any
// number of folders. What lies in an excluded folder is excluded.
func excluded(patterns []string, name string) bool {
	for _, p := range patterns {
		p = strings.TrimSuffix(strings.TrimPrefix(p, "./"), "/")
		if !strings.Contains(p, "/") {
			p = "**/" + p
		}
		if matches(strings.Split(strings.TrimPrefix(p, "/"), "/"), strings.Split(name, "/")) {
			return true
		}
	}
	return false
}

func matches(pattern, name []string) bool {
	for ; len(pattern) > 0; pattern, name = pattern[1:], name[1:] {
		if pattern[0] == "**" {
			for i := range len(name) + 1 {
				if matches(pattern[1:], name[i:]) {
					return true
				}
			}
			return false
		}
		if len(name) == 0 {
			return false
		}
		if ok, err := path.Match(pattern[0], name[0]); err != nil || !ok {
			return false
		}
	}
	return len(name) == 0
}

// checkGlobs refuses patterns that could never match.
func checkGlobs(patterns []string) error {
	for _, p := range patterns {
		if _, err := path.Match(p, ""); err != nil {
			return invalid("exclude %q: the pattern has an unfinished [ or \\", p)
		}
	}
	return nil
}
