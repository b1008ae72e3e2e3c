package spec

import (
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"
)

// guess is a service that Init found, in the words of davit.yaml.
type guess struct {
	name    string
	path    string // in the repository
	kind    string // for the comment: "Go", "Node" …
	test    []string
	build   []string
	outputs string
	packed
	command string
	env     string // of the process, NAME: value
	static  string
	health  string
	notes   []string
}

type packed struct{ folder, image string }

// detect returns the services of a repository: the one at its top, or those in
// its folders if there is none at the top.
func detect(f Facts) []guess {
	if found := detectIn(f, "."); len(found) > 0 {
		return found
	}
	var folders []string
	for _, file := range f.Files {
		base := path.Base(file)
		if slices.Contains([]string{"go.mod", "package.json", "requirements.txt", "pyproject.toml", "app.py", "main.py", "Procfile", "index.html"}, base) && !hidden(file) {
			folders = append(folders, path.Dir(file))
		}
	}
	slices.Sort(folders)
	var out []guess
	for _, folder := range slices.Compact(folders) {
		if !plainPath(folder) {
			continue
		}
		if slices.ContainsFunc(out, func(g guess) bool { return strings.HasPrefix(folder, g.path+"/") }) {
			continue // a part of a service that was found
		}
		out = append(out, detectIn(f.below(folder), folder)...)
	}
	if len(out) == 1 && out[0].static != "" && slices.Contains([]string{"public", "site", "dist", "docs", "www", "html"}, out[0].path) {
		out[0].name, out[0].folder, out[0].path = serviceName(f.Name), out[0].path, "." // a folder of the site, not a site of its own
	}
	if len(out) == 0 {
		return detectDockerfile(f)
	}
	return out
}

// plainPath says whether a folder can stand in a command and in davit.yaml as
// it is.
func plainPath(folder string) bool {
	return regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_./+-]*$|^\.$`).MatchString(folder)
}

// detectIn tries the kinds of service from the most to the least telling.
func detectIn(f Facts, folder string) []guess {
	for _, try := range []func(Facts) []guess{detectGo, detectNode, detectPython, detectStatic} {
		found := try(f)
		for i := range found {
			g := &found[i]
			g.path = folder
			if p := procfile(f); p != "" && len(found) == 1 && g.static == "" {
				g.command = p
				g.notes = append(g.notes, "run is the web process of the Procfile")
			}
			if g.health == "" && g.static == "" {
				g.health = healthPath(f)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	if p := procfile(f); p != "" {
		return []guess{{name: serviceName(f.Name), path: folder, kind: "Procfile", packed: packed{folder: "."}, command: p, health: healthPath(f)}}
	}
	return nil
}

func detectGo(f Facts) []guess {
	if !f.has("go.mod") {
		return nil
	}
	mains := map[string]bool{}
	for _, file := range f.with(".go") {
		if !strings.HasSuffix(file, "_test.go") && plainPath(path.Dir(file)) && regexp.MustCompile(`(?m)^package main\b`).MatchString(f.Contents[file]) {
			mains[path.Dir(file)] = true
		}
	}
	var dirs []string
	for d := range mains {
		dirs = append(dirs, d)
	}
	slices.Sort(dirs)
	if served := slices.DeleteFunc(slices.Clone(dirs), func(d string) bool { return !serves(f, d) }); len(served) > 0 {
		dirs = served // a repository of one server and some tools
	}
	if len(dirs) == 0 {
		return nil
	}
	name := serviceName(f.Name)
	if m := regexp.MustCompile(`(?m)^module\s+(\S+)`).FindStringSubmatch(f.Contents["go.mod"]); m != nil {
		if base := path.Base(m[1]); !regexp.MustCompile(`^v[0-9]+$`).MatchString(base) {
			name = serviceName(base)
		}
	}
	var out []guess
	for _, d := range dirs {
		g := guess{name: name, kind: "Go", test: []string{"go test ./..."}}
		from := "."
		if d != "." {
			from = "./" + d
		}
		if len(dirs) > 1 && d != "." {
			g.name = serviceName(path.Base(d))
		}
		g.build = []string{"go build -trimpath -o out/" + g.name + " " + from}
		g.folder, g.command = "out", "./"+g.name
		out = append(out, g)
	}
	return out
}

// serves says whether a Go program listens, as far as its own files, or files
// beside it in the module, tell.
func serves(f Facts, dir string) bool {
	for _, file := range f.with(".go") {
		if path.Dir(file) == dir && strings.Contains(f.Contents[file], "net/http") || path.Dir(file) == dir && strings.Contains(f.Contents[file], "Listen") {
			return true
		}
	}
	return false
}

func detectNode(f Facts) []guess {
	if !f.has("package.json") {
		return nil
	}
	var p struct {
		Name         string
		Main         string
		Scripts      map[string]string
		Dependencies map[string]string
		Dev          map[string]string `json:"devDependencies"`
	}
	if err := json.Unmarshal([]byte(f.Contents["package.json"]), &p); err != nil {
		return nil // whoever wrote it has to mend it first
	}
	g := guess{name: serviceName(f.Name), kind: "Node", packed: packed{folder: "."}}
	if p.Name != "" {
		g.name = serviceName(path.Base(p.Name))
	}
	tool, install := "npm", "npm install --no-audit --no-fund"
	switch f.any("pnpm-lock.yaml", "yarn.lock", "package-lock.json", "npm-shrinkwrap.json") {
	case "pnpm-lock.yaml":
		tool, install = "pnpm", "pnpm install --frozen-lockfile"
	case "yarn.lock":
		tool, install = "yarn", "yarn install --frozen-lockfile"
	case "package-lock.json", "npm-shrinkwrap.json":
		install = "npm ci --no-audit --no-fund"
	}
	needs := len(p.Dependencies)+len(p.Dev) > 0
	var first []string
	if needs {
		first = []string{install}
	}
	if s := p.Scripts["test"]; s != "" && !strings.Contains(s, "no test specified") {
		g.test = append(slices.Clone(first), tool+" test")
	}
	if p.Scripts["build"] != "" {
		g.build = append(slices.Clone(first), tool+" run build")
	} else if needs {
		g.build = first
	}
	if len(g.build) > 0 {
		g.outputs = "**"
	}
	entry := f.any("server.js", "server.mjs", "index.js", "index.mjs", "app.js", "main.js", "src/server.js", "src/index.js")
	switch {
	case p.Scripts["start"] != "" && regexp.MustCompile(`^node [\w./-]+$`).MatchString(p.Scripts["start"]):
		g.command = p.Scripts["start"] // without npm between Davit's signals and the process
	case p.Scripts["start"] != "":
		g.command = tool + " start"
	case entry != "":
		g.command = "node " + entry
	case regexp.MustCompile(`^[\w./-]+\.[cm]?js$`).MatchString(p.Main):
		g.command = "node " + strings.TrimPrefix(p.Main, "./")
	case p.Scripts["build"] != "":
		g.static, g.folder = ".", "dist"
		g.outputs = "dist/**"
		g.notes = append(g.notes, "nothing starts a server, so what the build leaves in dist is served as it is")
	default:
		return nil
	}
	return []guess{g}
}

func detectPython(f Facts) []guess {
	entry := f.any("app.py", "main.py", "server.py", "wsgi.py", "asgi.py", "manage.py")
	if entry == "" || f.has("package.json") && !f.has("requirements.txt") {
		return nil
	}
	g := guess{name: serviceName(f.Name), kind: "Python", packed: packed{folder: "."}, command: "python3 " + entry}
	requirements := f.Contents["requirements.txt"]
	needs := regexp.MustCompile(`(?m)^\s*[A-Za-z0-9]`).MatchString(requirements)
	// What is installed below the service's folder travels with the package.
	install := "python3 -m pip install --quiet --target deps -r requirements.txt"
	if !needs && regexp.MustCompile(`(?m)^dependencies\s*=\s*\[\s*["'\n]\s*["'A-Za-z]`).MatchString(f.Contents["pyproject.toml"]) {
		needs, install = true, "python3 -m pip install --quiet --target deps ."
	}
	if needs {
		g.env = "PYTHONPATH: deps"
		g.build, g.outputs = []string{install}, "deps/**"
	}
	module := strings.TrimSuffix(entry, ".py")
	all := strings.ToLower(requirements + f.Contents["pyproject.toml"])
	switch {
	case entry == "manage.py" && strings.Contains(all, "gunicorn"):
		g.command = "python3 -m gunicorn --bind 127.0.0.1:$PORT " + djangoModule(f)
	case entry == "manage.py":
		g.command = "python3 manage.py runserver --noreload 127.0.0.1:$PORT"
		g.notes = append(g.notes, "runserver is for development; add gunicorn for real traffic")
	case strings.Contains(all, "uvicorn") && regexp.MustCompile(`(?m)^app\s*=`).MatchString(f.Contents[entry]):
		g.command = "python3 -m uvicorn --host 127.0.0.1 --port $PORT " + module + ":app"
	case strings.Contains(all, "gunicorn"):
		g.command = "python3 -m gunicorn --bind 127.0.0.1:$PORT " + module + ":" + wsgiName(f.Contents[entry])
	default:
		g.command = "python3 " + entry
	}
	if tests := f.with("_test.py"); len(tests) > 0 || slices.ContainsFunc(f.with(".py"), func(s string) bool { return strings.HasPrefix(path.Base(s), "test_") }) {
		test := "python3 -m unittest discover"
		if strings.Contains(all, "pytest") {
			test = "python3 -m pytest"
		}
		if g.test = []string{test}; needs {
			g.test = []string{install, "PYTHONPATH=deps " + test}
		}
	}
	return []guess{g}
}

func djangoModule(f Facts) string {
	if files := f.with("/wsgi.py"); len(files) > 0 && plainPath(files[0]) {
		file := files[0]
		return strings.ReplaceAll(strings.TrimSuffix(file, ".py"), "/", ".")
	}
	return "wsgi"
}

func wsgiName(content string) string {
	if regexp.MustCompile(`(?m)^application\s*=`).MatchString(content) {
		return "application"
	}
	return "app"
}

func detectStatic(f Facts) []guess {
	if !f.has("index.html") {
		return nil
	}
	return []guess{{name: serviceName(f.Name), kind: "static site", static: ".", packed: packed{folder: "."}}}
}

func detectDockerfile(f Facts) []guess {
	if !f.has("Dockerfile") {
		return nil
	}
	g := guess{name: serviceName(f.Name), path: ".", kind: "Dockerfile", notes: []string{"docker builds the image; its files are unpacked, and run as a process of this machine in their folder"}}
	g.image, g.command = "Dockerfile", dockerCommand(f.Contents["Dockerfile"])
	if g.command == "" {
		g.command = "./" + g.name
		g.notes = append(g.notes, "the Dockerfile does not say how it is run: put its command in place of ./"+g.name)
	}
	return []guess{g}
}

// procfile returns the command of the web process.
func procfile(f Facts) string {
	if m := regexp.MustCompile(`(?m)^web:[ \t]*(\S.*)$`).FindStringSubmatch(f.Contents["Procfile"]); m != nil {
		return strings.TrimSpace(m[1])
	}
	return ""
}

// healthPath looks for a path in the code that is called as health paths are;
// those that say ready come before those that say alive.
func healthPath(f Facts) string {
	literal := regexp.MustCompile("[\"'`](?:GET )?(/(?:readyz|healthz|health|ready|healthcheck|_health|livez|api/health|status/health))[\"'`]")
	order := []string{"/readyz", "/ready", "/healthz", "/health", "/api/health", "/healthcheck", "/_health", "/status/health", "/livez"}
	best := len(order)
	for _, file := range f.with(".go", ".py", ".js", ".mjs", ".cjs", ".ts") {
		base := path.Base(file)
		if strings.Contains(base, "_test.") || strings.Contains(base, ".test.") || strings.HasPrefix(base, "test_") {
			continue
		}
		for _, m := range literal.FindAllStringSubmatch(f.Contents[file], -1) {
			if i := slices.Index(order, m[1]); i >= 0 && i < best {
				best = i
			}
		}
	}
	if best == len(order) {
		return ""
	}
	return order[best]
}
