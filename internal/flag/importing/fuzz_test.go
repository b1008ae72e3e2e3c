package importing_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/flag/importing"

	evaluator "github.com/davit-cd/davit/internal/flag"
)

// FuzzImport holds that no export, however broken, makes an importer panic; that
// what is refused is refused as invalid; and that what is taken can be compiled.
func FuzzImport(f *testing.F) {
	files, err := filepath.Glob("testdata/*.[jy]*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, query := range []string{`a eq`, `((((a eq 1`, `not not a pr`, `a in [1, "b"] or`, `a gt 1.2.3 and b le 2`, `"a" eq "b"`, `{"==": [1]}`} {
		f.Add([]byte(`{"f": {"variations": {"a": true}, "defaultRule": {"variation": "a"}, "targeting": [{"query": ` + quoted(query) + `, "variation": "a"}]}}`))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range importing.Formats() {
			out, err := importing.Import(format, data, options)
			if err != nil {
				if davit.KindOf(err) != davit.Invalid {
					t.Fatalf("%s: %v is of the kind %s", format, err, davit.KindOf(err))
				}
				continue
			}
			text, _, err := authoring.Compile("shop", "production", out.Document.Flags, out.Document.Segments, out.Document.Groups)
			if err != nil {
				if davit.KindOf(err) != davit.Invalid { // it may become too large
					t.Fatal(err)
				}
				continue
			}
			if _, _, err := evaluator.Parse(text, evaluator.ParseOptions{ID: "shop/production"}); err != nil {
				t.Fatalf("%s: %v\n%s", format, err, text)
			}
		}
	})
}

func quoted(s string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `"`, `\"`) + `"`
}
