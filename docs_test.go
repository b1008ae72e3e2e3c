package davit_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/davit-cd/davit/internal/app"
	"github.com/davit-cd/davit/internal/cli"
	"github.com/davit-cd/davit/internal/spec"
	"github.com/davit-cd/davit/internal/strategy"
)

// pages are what people read.
func pages(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	take := func(path string) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.ToSlash(path)] = string(data)
	}
	for _, path := range []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"} {
		take(path)
	}
	for _, dir := range []string{"docs", "examples"} {
		if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, ".md") {
				take(path)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

var (
	linkInPage  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fenceInPage = regexp.MustCompile("(?ms)^ *```([a-z]*)\n(.*?)^ *```")
	codeInText  = regexp.MustCompile("`([^`\n]+)`")
	headInPage  = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// TestDocsLinks holds that every relative link leads to a file that is there,
// and to a heading in it.
func TestDocsLinks(t *testing.T) {
	all := pages(t)
	for name, text := range all {
		for _, m := range linkInPage.FindAllStringSubmatch(fenceInPage.ReplaceAllString(text, ""), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			target, anchor, _ := strings.Cut(m[1], "#")
			path := name
			if target != "" {
				path = filepath.ToSlash(filepath.Join(filepath.Dir(name), target))
			}
			if _, err := os.Stat(path); err != nil && path != "docs/performance.md" { // it comes with the figures
				t.Errorf("%s links to %s, which is not there", name, m[1])
				continue
			}
			if page, ok := all[path]; ok && anchor != "" && !slices.Contains(anchors(page), anchor) {
				t.Errorf("%s links to %s: %s has no such heading", name, m[1], path)
			}
		}
	}
}

// anchors are the names of a page's headings, as links use them.
func anchors(page string) []string {
	var out []string
	for _, m := range headInPage.FindAllStringSubmatch(fenceInPage.ReplaceAllString(page, ""), -1) {
		name := strings.ToLower(strings.TrimSpace(m[1]))
		name = regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(name, "")
		out = append(out, strings.ReplaceAll(name, " ", "-"))
	}
	return out
}

// TestDocsIndex holds that docs/README.md leads to every page below docs.
func TestDocsIndex(t *testing.T) {
	all := pages(t)
	index := all["docs/README.md"]
	for name := range all {
		if rest, ok := strings.CutPrefix(name, "docs/"); ok && rest != "README.md" && !strings.Contains(index, "("+rest+")") {
			t.Errorf("docs/README.md does not lead to %s", rest)
		}
	}
}

// TestDocsCommands holds that every davit command on a page is one that there
// is, with flags that it has and, in a session, as many arguments as it takes.
func TestDocsCommands(t *testing.T) {
	commands := commandTable()
	for name, text := range pages(t) {
		if name == "docs/reference/cli.md" {
			continue // it is made from the commands
		}
		for _, m := range fenceInPage.FindAllStringSubmatch(text, -1) {
			for line := range strings.Lines(m[2]) {
				line = strings.TrimSpace(line)
				shown, session := strings.CutPrefix(line, "$ ")
				if !session && m[1] != "sh" {
					continue
				}
				for _, call := range calls(shown) {
					if trouble := commands.check(call, true); trouble != "" {
						t.Errorf("%s: %s: %s", name, line, trouble)
					}
				}
			}
		}
		for _, m := range codeInText.FindAllStringSubmatch(fenceInPage.ReplaceAllString(text, ""), -1) {
			for _, call := range calls(m[1]) {
				if trouble := commands.check(call, false); trouble != "" {
					t.Errorf("%s: `%s`: %s", name, m[1], trouble)
				}
			}
		}
	}
}

// calls finds the calls of davit in a line of shell.
func calls(line string) [][]string {
	var out [][]string
	for _, part := range regexp.MustCompile(`&&|[|;&<>()]`).Split(line, -1) {
		part, _, _ = strings.Cut(part, " #")
		w := shellWords(strings.TrimSpace(part))
		for len(w) > 0 && (w[0] == "sudo" || strings.Contains(w[0], "=")) {
			w = w[1:]
		}
		if len(w) > 1 && (w[0] == "davit" || w[0] == "bin/davit") {
			out = append(out, w[1:])
		}
	}
	return out
}

// shellWords divides a command at spaces that are not quoted.
func shellWords(s string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`(?:"[^"]*"|'[^']*'|[^\s"'])+`).FindAllString(s, -1) {
		out = append(out, strings.Trim(m, `"'`))
	}
	return out
}

// called is what the reference says of a command.
type called struct {
	least, most int
	flags       map[string]bool // whether it takes a value
}

type commandList map[string]called

// commandTable reads the reference that is made from the commands themselves.
func commandTable() commandList {
	out := commandList{}
	for section := range strings.SplitSeq(string(cli.Reference()), "\n### ") {
		name, rest, _ := strings.Cut(section, "\n")
		name, ok := strings.CutPrefix(strings.TrimSpace(name), "davit ")
		if !ok {
			continue
		}
		c := called{flags: map[string]bool{"--json": false, "--help": false, "--server": true, "--data": true}}
		if m := regexp.MustCompile(`(?m)^    davit ` + regexp.QuoteMeta(name) + `(.*)$`).FindStringSubmatch(rest); m != nil {
			for word := range strings.FieldsSeq(m[1]) {
				switch {
				case word == "[flags]":
				case strings.HasPrefix(word, "["):
					c.most++
				case strings.Contains(m[1], " | "): // two ways of calling it
					c.least, c.most = 1, 1
				default:
					c.least++
					c.most++
				}
			}
		}
		for _, m := range regexp.MustCompile("(?m)^\\| `(?:-([a-z]), )?(--[a-z-]+)( [a-z]+)?`").FindAllStringSubmatch(rest, -1) {
			c.flags[m[2]] = m[3] != ""
			if m[1] != "" {
				c.flags["-"+m[1]] = m[3] != ""
			}
		}
		out[name] = c
	}
	return out
}

// check says what is wrong with a call. In running text a call may leave out
// its arguments.
func (l commandList) check(words []string, session bool) string {
	for len(words) > 0 && strings.HasPrefix(words[0], "--") { // before the command
		n := 1
		if (words[0] == "--server" || words[0] == "--data") && len(words) > 1 {
			n = 2
		}
		if words[0] == "--help" && len(words) == 1 {
			return ""
		}
		words = words[n:]
	}
	if len(words) == 0 {
		return "no command"
	}
	name, rest := words[0], words[1:]
	c, ok := l[name]
	if len(rest) > 0 {
		if sub, is := l[name+" "+rest[0]]; is {
			name, rest, c, ok = name+" "+rest[0], rest[1:], sub, true
		}
	}
	if !ok {
		if hiddenCommand(name) {
			return ""
		}
		return "there is no command " + name
	}
	given := 0
	for i := 0; i < len(rest); i++ {
		word, _, joined := strings.Cut(rest[i], "=")
		if !strings.HasPrefix(word, "-") || word == "-" {
			if word == "…" || word == "..." {
				return ""
			}
			given++
			continue
		}
		value, known := c.flags[word]
		if !known {
			return fmt.Sprintf("davit %s has no flag %s", name, word)
		}
		if value && !joined {
			i++
		}
	}
	if given > c.most || session && given < c.least {
		return fmt.Sprintf("davit %s takes %d to %d arguments, not %d", name, c.least, c.most, given)
	}
	return ""
}

// hiddenCommand reports whether a command is there that the reference leaves
// out: one that Davit or git calls.
func hiddenCommand(name string) bool {
	var out strings.Builder
	code := cli.Run(context.Background(), []string{name, "--help"}, cli.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Getenv: func(string) string { return "" }})
	return code == 0 && strings.Contains(out.String(), "davit "+name)
}

// TestDocsYAML holds that every davit.yaml on a page, or part of one, is
// accepted.
func TestDocsYAML(t *testing.T) {
	for name, text := range pages(t) {
		for _, m := range fenceInPage.FindAllStringSubmatch(text, -1) {
			if m[1] != "yaml" || !regexp.MustCompile(`(?m)^(services?|environments|run|stages|test|build|package):`).MatchString(m[2]) {
				continue
			}
			input := strings.TrimRight(m[2], "\n") + "\n"
			if !regexp.MustCompile(`(?m)^services?:`).MatchString(input) {
				input = "service: shop\n" + input
			}
			if !regexp.MustCompile(`(?m)^( +|)run:`).MatchString(input) || strings.Contains(input, "stages:") || !regexp.MustCompile(`(?m)^(services|run):`).MatchString(input) {
				input += "run: ./shop\n"
			}
			file, err := spec.Parse("davit.yaml", []byte(input), app.Known())
			if err != nil {
				t.Errorf("%s:\n%s\n%v", name, input, err)
				continue
			}
			for _, s := range file.Services {
				for _, env := range s.Environments {
					if _, err := strategy.Compile(env); err != nil {
						t.Errorf("%s:\n%s\n%v", name, input, err)
					}
				}
			}
		}
	}
}
