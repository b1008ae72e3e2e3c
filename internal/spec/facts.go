package spec

import (
	"path"
	"slices"
	"strings"
)

// Facts is what Init knows of a repository.
type Facts struct {
	Name     string            // of the repository's folder
	Files    []string          // all files, relative, with /
	Contents map[string]string // of those that Telling names, as far as they were read
}

// Telling says whether Init would like to see the content of a file. Its
// beginning, say 64 KiB, is enough.
func Telling(file string) bool {
	if hidden(file) {
		return false
	}
	switch base := path.Base(file); base {
	case "go.mod", "package.json", "requirements.txt", "pyproject.toml", "Procfile", "Dockerfile":
		return true
	default:
		ext := path.Ext(base)
		return slices.Contains([]string{".go", ".py", ".js", ".mjs", ".cjs", ".ts"}, ext) && !strings.HasSuffix(base, "_test.go")
	}
}

// hidden says whether a file is not of the repository's own making.
func hidden(file string) bool {
	for part := range strings.SplitSeq(file, "/") {
		if part == "node_modules" || part == "vendor" || part == "testdata" || part == "venv" || part == "__pycache__" || strings.HasPrefix(part, ".") {
			return true
		}
	}
	return false
}

// below returns the facts of a folder, as if it were the repository.
func (f Facts) below(folder string) Facts {
	if folder == "." {
		return f
	}
	out := Facts{Name: path.Base(folder), Contents: map[string]string{}}
	for _, file := range f.Files {
		if rest, ok := strings.CutPrefix(file, folder+"/"); ok {
			out.Files = append(out.Files, rest)
		}
	}
	for file, content := range f.Contents {
		if rest, ok := strings.CutPrefix(file, folder+"/"); ok {
			out.Contents[rest] = content
		}
	}
	return out
}

func (f Facts) has(file string) bool { return slices.Contains(f.Files, file) }

// any returns the first of the files that is there, empty if none is.
func (f Facts) any(files ...string) string {
	for _, file := range files {
		if f.has(file) {
			return file
		}
	}
	return ""
}

// with returns the files whose name ends so, in order.
func (f Facts) with(suffixes ...string) []string {
	var out []string
	for _, file := range f.Files {
		if !hidden(file) && slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(file, s) }) {
			out = append(out, file)
		}
	}
	slices.Sort(out)
	return out
}

// serviceName makes a valid name of anything.
func serviceName(s string) string {
	if n := strings.TrimPrefix(nearName(s), "write "); n != "" {
		return n
	}
	return "app"
}
