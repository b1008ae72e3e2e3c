package spec

import "regexp"

// tool finds a program at the beginning of a command.
func tool(names string) *regexp.Regexp {
	return regexp.MustCompile(`(?m)(?:^|[;&|(]|\bthen\b|\bdo\b)\s*(?:\w+=\S*\s+)*(?:` + names + `)(?:\s|$)`)
}

// tooling says which cache preset a program asks for.
var tooling = []struct {
	preset string
	used   *regexp.Regexp
}{
	{"go", tool("go")},
	{"npm", tool("npm|npx")},
	{"pnpm", tool("pnpm")},
	{"yarn", tool("yarn")},
	{"pip", tool(`pip3?|python3? -m pip`)},
}

// caches is what a stage caches if it does not say: the caches of the tools its
// steps call. Without them every build would begin with nothing.
func caches(steps []Step) []Cache {
	var found []Cache
	for _, t := range tooling {
		for _, s := range steps {
			if t.used.MatchString(s.Shell) {
				found = append(found, Cache{Preset: t.preset})
				break
			}
		}
	}
	return found
}
