package source

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/davit-cd/davit"
)

// CheckName checks the name of a repository: lower case letters, digits and
// "-", "_", "." in between, at most 64.
func CheckName(name string) error {
	if !nameExpression.MatchString(name) || strings.Contains(name, "..") || strings.HasSuffix(name, ".git") || strings.HasSuffix(name, ".lock") {
		return &davit.Error{
			Kind: davit.Invalid,
			Text: fmt.Sprintf("repository name %.80q", name),
			Hint: "use 1 to 64 lower case letters, digits, '-', '_' or '.', beginning and ending with a letter or digit, without '..' and not ending in .git or .lock",
		}
	}
	return nil
}

// nameExpression is compiled once and never changed.
var nameExpression = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$`)

// CheckBranch checks the name of a branch by git's rules for reference names,
// and a little more: no control or bidirectional characters, nothing that could
// be taken for an option.
func CheckBranch(branch string) error {
	bad := branch == "" || len(branch) > 200 || branch == "@" || branch == "HEAD" ||
		strings.HasPrefix(branch, "-") || strings.HasPrefix(branch, "refs/") ||
		strings.Contains(branch, "..") || strings.Contains(branch, "@{") || strings.HasSuffix(branch, ".") ||
		strings.ContainsAny(branch, " ~^:?*[\\\x7f") || path.Clean("/"+branch) != "/"+branch ||
		strings.ContainsFunc(branch, unprintable)
	for part := range strings.SplitSeq(branch, "/") {
		bad = bad || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock")
	}
	if bad {
		return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("branch name %.80q", branch), Hint: "see `git help check-ref-format`"}
	}
	return nil
}

// unprintable reports characters that would let a name lie on a terminal.
func unprintable(r rune) bool {
	return r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0xfffd || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff
}

// checkCommit checks a full commit hash.
func checkCommit(hash string) error {
	if (len(hash) != 40 && len(hash) != 64) || !hexadecimal(hash) {
		return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("commit %.80q", hash), Hint: "give the full hash: 40 hex digits"}
	}
	return nil
}

func hexadecimal(s string) bool {
	return strings.Trim(s, "0123456789abcdef") == ""
}

// zero reports whether hash is git's "no commit": empty or all zeros.
func zero(hash string) bool { return strings.Trim(hash, "0") == "" }

// checkPath checks the path of a file in a repository.
func checkPath(file string) error {
	if file == "" || len(file) > 4096 || path.IsAbs(file) || path.Clean(file) != file || file == ".." || strings.HasPrefix(file, "../") || strings.ContainsAny(file, "\x00\n") {
		return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("file %.200q", file), Hint: "give a path from the root of the repository, such as shop/davit.yaml"}
	}
	return nil
}
