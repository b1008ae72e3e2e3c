package davit_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/rollout"
)

// TestEventsPage holds that docs/reference/events.md lists every kind of event
// that the code can write into the journal, and no other.
func TestEventsPage(t *testing.T) {
	page, err := os.ReadFile("docs/reference/events.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z]+\\.[a-z-]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		if listed[m[1]] {
			t.Errorf("the page lists %s twice", m[1])
		}
		listed[m[1]] = true
	}
	told := eventKinds(t)
	for kind, where := range told {
		if !listed[kind] {
			t.Errorf("%s: the page does not list %s", where, kind)
		}
	}
	for kind := range listed {
		if told[kind] == "" {
			t.Errorf("the page lists %s, which nothing writes", kind)
		}
	}
}

// eventKinds finds the kinds in the code of the rooms that write events, with a
// place of each.
func eventKinds(t *testing.T) map[string]string {
	t.Helper()
	kinds := map[string]string{}
	fset := token.NewFileSet()
	for _, room := range []string{"app", "engine", "exposure", "notify", "pipeline", "ramp", "rollout", "server", "store"} {
		err := filepath.WalkDir(filepath.Join("internal", room), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(fset, path, nil, 0)
			if err != nil {
				return err
			}
			kindsIn(file, room, func(kind string, at token.Pos) { kinds[kind] = fset.Position(at).String() })
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return kinds
}

var eventKind = regexp.MustCompile(`^(push|run|stage|tests|deployment|release|flag|experiment|segment|group|ramp|rollout|quarantine|token|session|secret|service|journal|channel)\.[a-z]+(-[a-z]+)*$`)

// kindsIn finds the kinds in one file: literals that look like one, the first
// argument of the rollout's say, and what is put together from a phase.
func kindsIn(file *ast.File, room string, found func(string, token.Pos)) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			return n.Name.Name != "Kind" // those are kinds of effects
		case *ast.GenDecl:
			return n.Tok != token.CONST // names of other things
		case *ast.CallExpr:
			if s, ok := n.Fun.(*ast.SelectorExpr); ok && (room == "ramp" || room == "rollout") && s.Sel.Name == "say" && len(n.Args) > 0 {
				if kind := literal(n.Args[0]); kind != "" {
					found(room+"."+kind, n.Pos())
				}
			}
		case *ast.BinaryExpr:
			for _, ending := range endings(literal(n.X), room) {
				found(literal(n.X)+ending, n.Pos())
			}
		case *ast.BasicLit:
			if kind := literal(n); eventKind.MatchString(kind) {
				found(kind, n.Pos())
			}
		}
		return true
	})
}

// endings are what may follow where a kind is put together.
func endings(beginning, room string) []string {
	switch {
	case room != "pipeline":
	case beginning == "run.":
		return []string{string(pipeline.Succeeded), string(pipeline.Failed), string(pipeline.Cancelled), string(pipeline.Superseded)}
	case beginning == "deployment.":
		return []string{string(pipeline.RolloutSuperseded), string(pipeline.RolloutCancelled)}
	}
	return nil
}

func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return s
}

// TestPhasesAreTold holds that the page on events names each phase a rollout
// can end in.
func TestPhasesAreTold(t *testing.T) {
	told := eventKinds(t)
	for _, p := range rollout.Phases() {
		if p.Final() && told["rollout."+string(p)] == "" {
			t.Errorf("no event tells that a rollout is %s", p)
		}
	}
}
