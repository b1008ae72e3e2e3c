package artifact

import (
	"path"
	"strings"
)

// escapes says why a symbolic link called name must not point to target; it is
// empty if the link is harmless.
//
// A link may climb only at its beginning. "a/b/s -> ../.." and then "t ->
// a/b/s/.." would each look harmless and together leave the folder.
func escapes(name, target string) string {
	if target == "" {
		return "is empty"
	}
	if path.IsAbs(target) {
		return "is an absolute path"
	}
	up, down := 0, false
	for part := range strings.SplitSeq(target, "/") {
		switch part {
		case "..":
			if down {
				return "goes down and up again"
			}
			up++
		case "", ".":
		default:
			down = true
		}
	}
	if up > strings.Count(name, "/") {
		return "lies outside of the folder"
	}
	return ""
}
