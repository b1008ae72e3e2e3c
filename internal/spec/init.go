package spec

import (
	"fmt"
	"strconv"
	"strings"
)

// Init returns a first davit.yaml for a repository: short, commented, and such
// that Parse accepts it, with whatever could be found out. It never returns
// nothing; what it could not find out it says in a comment.
func Init(f Facts) []byte {
	found := detect(f)
	var b strings.Builder
	switch len(found) {
	case 0:
		b.WriteString("# How this service is tested, built, run and released; see docs/reference/davit-yaml.md.\n# Davit could not tell what is in this repository: mend the lines below.\n")
		b.WriteString("service: " + serviceName(f.Name) + "\n# test: make test\n# build: make\npackage: .\nrun: ./run.sh # listens on 127.0.0.1:$PORT\n")
	case 1:
		g := found[0]
		fmt.Fprintf(&b, "# How this service is tested, built, run and released (found: %s).\n", g.kind)
		b.WriteString("service: " + g.name + "\n")
		if g.path != "." {
			b.WriteString("path: " + quote(g.path) + "\n")
		}
		g.write(&b, "")
	default:
		b.WriteString("# How the services of this repository are tested, built, run and released.\nservices:\n")
		taken := map[string]bool{}
		for _, g := range found {
			name := g.name
			for i := 2; taken[name]; i++ {
				name = serviceName(g.name[:min(len(g.name), 36)]) + "-" + strconv.Itoa(i)
			}
			taken[name] = true
			fmt.Fprintf(&b, "  %s: # %s\n    path: %s\n", name, g.kind, quote(g.path))
			g.write(&b, "    ")
		}
	}
	b.WriteString(`
# A release goes through these in order; the last is the one users are on.
environments:
  staging: {}
  production:
    instances: 2
    # 5 % of the traffic, then 25, then 50; the judge compares each with the old version.
    strategy: canary
`)
	return []byte(b.String())
}

// write puts the settings of a service at an indentation.
func (g guess) write(b *strings.Builder, indent string) {
	line := func(format string, args ...any) { fmt.Fprintf(b, indent+format+"\n", args...) }
	for _, n := range g.notes {
		line("# %s", n)
	}
	g.stage(line, "test", g.test, false)
	g.stage(line, "build", g.build, true)
	if g.image != "" {
		line("package: {image: %s}", quote(g.image))
	} else {
		line("package: %s # what is deployed", quote(g.folder))
	}
	switch {
	case g.static != "":
		line("run: {static: %s} # served by Davit", quote(g.static))
	case g.command == "":
	case g.health != "" || g.env != "":
		line("run:")
		line("  command: %s # listens on 127.0.0.1:$PORT", quote(g.command))
		if g.env != "" {
			line("  env: {%s}", g.env)
		}
		if g.health != "" {
			line("  health: %s # gets traffic only while this answers 2xx", quote(g.health))
		}
	default:
		line("run: %s # listens on 127.0.0.1:$PORT", quote(g.command))
	}
}

func (g guess) stage(line func(string, ...any), name string, commands []string, outputs bool) {
	if len(commands) == 0 {
		return
	}
	run := quote(commands[0])
	if len(commands) > 1 {
		var quoted []string
		for _, c := range commands {
			quoted = append(quoted, quote(c))
		}
		run = "[" + strings.Join(quoted, ", ") + "]"
	}
	if !outputs || g.outputs == "" {
		line("%s: %s", name, run)
		return
	}
	line("%s:", name)
	line("  run: %s", run)
	line("  outputs: %s # goes into the package", quote(g.outputs))
}

// quote writes text as YAML: plain where that is safe, else in double quotes,
// of which JSON's are a part.
func quote(s string) string {
	for i, c := range s {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		inner := i > 0 && (c >= '0' && c <= '9' || strings.ContainsRune(" $=:@+*", c))
		if !letter && !inner && !strings.ContainsRune("./_-", c) || c == '-' && i == 0 {
			return strconv.Quote(s)
		}
	}
	if s == "" || strings.Contains(s, ": ") || strings.HasSuffix(s, ":") || strings.TrimSpace(s) != s || strings.Contains(" true false null yes no on off ~ ", " "+strings.ToLower(s)+" ") {
		return strconv.Quote(s)
	}
	return s
}
