package davit_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/davit-cd/davit"

// rooms is the map of the code: every package, its layer, and, where the
// layer's rule is not enough, what else it may import. ARCHITECTURE.md draws
// the same picture.
var rooms = map[string]room{
	".":                       {layer: words},
	"internal/access":         {layer: deciding},
	"internal/audit":          {layer: deciding},
	"internal/experiment":     {layer: deciding},
	"internal/flag":           {layer: deciding, also: []string{"sync"}}, // memory to use again: docs/decisions/0013
	"internal/flag/authoring": {layer: deciding},
	"internal/flag/importing": {layer: deciding},
	"internal/flag/refs":      {layer: deciding},
	"internal/judge":          {layer: deciding},
	"internal/mask":           {layer: deciding},
	"internal/picture":        {layer: deciding, also: []string{"sync"}}, // the album of drawings that go on
	"internal/pipeline":       {layer: deciding},
	"internal/ramp":           {layer: deciding},
	"internal/record":         {layer: deciding},
	"internal/rollout":        {layer: deciding},
	"internal/spec":           {layer: deciding},
	"internal/strategy":       {layer: deciding},
	"internal/artifact":       {layer: acting},
	"internal/gate":           {layer: acting},
	"internal/notify":         {layer: acting},
	"internal/router":         {layer: acting},
	"internal/runner":         {layer: acting},
	"internal/secret":         {layer: acting},
	"internal/source":         {layer: acting},
	"internal/store":          {layer: acting},
	"internal/target/process": {layer: acting},
	"internal/study":          {layer: acting},
	"internal/telemetry":      {layer: acting},
	"flags":                   {layer: acting},
	"internal/engine":         {layer: driving},
	"internal/exposure":       {layer: driving},
	"internal/api":            {layer: contract},
	"internal/server":         {layer: serving},
	"internal/flagfeed":       {layer: serving},
	"internal/web":            {layer: serving},
	"internal/ofrep":          {layer: serving},
	"internal/flagd":          {layer: serving, also: []string{"internal/flagd/evalv1", "internal/flagd/evalv2", "internal/flagd/syncv1"}},
	"internal/app":            {layer: wiring},
	"internal/demo":           {layer: asking},
	"internal/cli":            {layer: asking},
	"cmd/davit":               {layer: starting},
	"internal/lab/dockerd":    {layer: proving},
	"internal/lab/storetest":  {layer: proving},
	"internal/lab/targettest": {layer: proving},
	"internal/lab/uml":        {layer: proving},
	"internal/flagd/evalv1":   {layer: generated},
	"internal/flagd/evalv2":   {layer: generated},
	"internal/flagd/syncv1":   {layer: generated},
	"bench/judge":             {layer: measuring},
	"bench/router":            {layer: measuring},
	"bench/router/mix":        {layer: measuring},
	"bench":                   {layer: measuring},
}

var layerNames = map[layer]string{words: "words", deciding: "deciding", acting: "acting", contract: "contract", driving: "driving", serving: "serving", wiring: "wiring", asking: "asking", starting: "starting", proving: "proving", measuring: "measuring", generated: "generated"}

// TestMapIsDrawn holds that ARCHITECTURE.md has one row for every room.
func TestMapIsDrawn(t *testing.T) {
	doc, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[string]string{}
	for line := range strings.Lines(string(doc)) {
		if f := strings.Split(line, "|"); len(f) == 5 && strings.Contains(f[1], "`") {
			drawn[strings.Trim(f[1], " `")] = strings.TrimSpace(f[2])
		}
	}
	for dir, r := range rooms {
		if drawn[dir] != layerNames[r.layer] {
			t.Errorf("ARCHITECTURE.md draws %s as %q, want %q", dir, drawn[dir], layerNames[r.layer])
		}
	}
	if len(drawn) != len(rooms) {
		t.Errorf("ARCHITECTURE.md draws %d rooms, want %d", len(drawn), len(rooms))
	}
}

type room struct {
	layer layer
	also  []string
}

type layer int

const (
	unknown   layer = iota // not on the map
	words                  // the vocabulary: imports the standard library only
	deciding               // pure functions: no clock, no chance, no I/O, no goroutine
	acting                 // adapters: know the outside, not each other and not the engine
	contract               // api: request and response types, and the client
	driving                // the engine: knows adapters only through its own interfaces
	serving                // server, web: know the contract, not the adapters
	wiring                 // app: knows everything below
	asking                 // cli
	starting               // main
	proving                // lab: suites that tests share; no product code imports them
	measuring              // bench: programs that print figures
	generated              // wire types of others' protocols, made by a program; each names its one importer
)

// may says which layers a layer may import.
var may = map[layer][]layer{
	words:     {},
	deciding:  {words, deciding},
	acting:    {words, deciding},
	driving:   {words, deciding},
	contract:  {words, deciding},
	serving:   {words, deciding, contract},
	wiring:    {words, deciding, acting, contract, driving, serving},
	asking:    {words, deciding, contract, wiring, asking},
	starting:  {asking, wiring},
	proving:   {words, deciding, acting},
	measuring: {words, deciding, acting, contract, driving, wiring, proving, measuring},
	generated: {},
}

const maxPackages, maxFile, maxFunc = 60, 600, 80

var impure = []string{"os", "net", "net/http", "database/sql", "math/rand", "math/rand/v2", "crypto/rand", "log", "log/slog", "os/exec", "io/ioutil", "sync"}

var banned = []string{"util", "utils", "common", "helper", "helpers", "misc", "base", "shared", "types", "models", "lib"}

type pkg struct {
	doc     bool
	name    string
	imports map[string]bool
}

func TestArchitecture(t *testing.T) {
	pkgs := map[string]*pkg{}
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != "." {
			if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil || strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules" {
				return filepath.SkipDir
			}
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		if pkgs[dir] == nil {
			pkgs[dir] = &pkg{name: f.Name.Name, imports: map[string]bool{}}
		}
		pkgs[dir].doc = pkgs[dir].doc || f.Doc != nil
		for _, i := range f.Imports {
			pkgs[dir].imports[strings.Trim(i.Path.Value, `"`)] = true
		}
		if ast.IsGenerated(f) {
			if rooms[dir].layer != generated {
				t.Errorf("%s: generated code stands in a room of its own", path)
			}
			pkgs[dir].doc = true
			return nil
		}
		for _, p := range inspect(fset, f, rooms[dir].layer) {
			t.Error(p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	written := 0
	for dir := range pkgs {
		if rooms[dir].layer != generated {
			written++
		}
	}
	if written >= maxPackages {
		t.Errorf("%d packages, want fewer than %d", written, maxPackages)
	}
	for _, dir := range slices.Sorted(maps.Keys(pkgs)) {
		for _, p := range check(dir, pkgs[dir]) {
			t.Errorf("%s: %s", dir, p)
		}
	}
	for dir := range rooms {
		if pkgs[dir] == nil {
			t.Errorf("%s is on the map and not in the tree", dir)
		}
	}
}

func decides(l layer) bool { return l == words || l == deciding }

func check(dir string, p *pkg) (problems []string) {
	r, ok := rooms[dir]
	if !ok {
		return []string{"not on the map (rooms, ARCHITECTURE.md)"}
	}
	if !p.doc {
		problems = append(problems, "no package comment")
	}
	if slices.Contains(banned, p.name) {
		problems = append(problems, "a name that says nothing")
	}
	for imp := range p.imports {
		rel, ours := strings.CutPrefix(imp, module)
		switch rel = strings.TrimPrefix(rel, "/"); {
		case !ours && decides(r.layer) && slices.Contains(impure, imp) && !slices.Contains(r.also, imp):
			problems = append(problems, "decides, so may not import "+imp)
		case !ours:
		case rel == "":
			if !slices.Contains(may[r.layer], words) {
				problems = append(problems, "may not import the vocabulary")
			}
		case !slices.Contains(may[r.layer], rooms[rel].layer) && !slices.Contains(r.also, rel):
			problems = append(problems, "may not import "+rel)
		}
	}
	return problems
}

// reachable reports whether others can see a function: a method of an exported
// type, or no method at all. What only satisfies somebody's interface is not.
func reachable(n *ast.FuncDecl) bool {
	if n.Recv == nil || len(n.Recv.List) == 0 {
		return true
	}
	t := n.Recv.List[0].Type
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
	}
	if g, ok := t.(*ast.IndexExpr); ok {
		t = g.X
	}
	name, ok := t.(*ast.Ident)
	return !ok || name.IsExported()
}

func inspect(fset *token.FileSet, f *ast.File, l layer) (problems []string) {
	at := func(n ast.Node, msg string) {
		problems = append(problems, fmt.Sprintf("%s: %s", fset.Position(n.Pos()), msg))
	}
	if n := fset.Position(f.End()).Line; n > maxFile {
		at(f, fmt.Sprintf("file of %d lines", n))
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if lines := fset.Position(n.End()).Line - fset.Position(n.Pos()).Line; lines > maxFunc {
				at(n, fmt.Sprintf("%s has %d lines", n.Name.Name, lines))
			}
			if n.Recv == nil && n.Name.Name == "init" {
				at(n, "init hides work from main")
			}
			if n.Name.IsExported() && n.Doc == nil && reachable(n) && !slices.Contains([]string{"String", "Error", "Unwrap", "ServeHTTP"}, n.Name.Name) {
				at(n, n.Name.Name+" has no comment")
			}
		case *ast.TypeSpec:
			if pkg := f.Name.Name; n.Name.IsExported() && pkg != "main" && len(n.Name.Name) > len(pkg) && strings.EqualFold(n.Name.Name[:len(pkg)], pkg) {
				at(n, pkg+"."+n.Name.Name+" stutters")
			}
			if it, ok := n.Type.(*ast.InterfaceType); ok && it.Methods.NumFields() > 5 {
				at(n, "interface of more than 5 methods")
			}
		case *ast.GoStmt:
			if l == deciding {
				at(n, "a decider starts no goroutine")
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && decides(l) && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After", "NewTimer", "NewTicker", "AfterFunc", "Tick"}, n.Sel.Name) {
				at(n, "a decider takes the time as an argument")
			}
		}
		return true
	})
	return problems
}
