package spec_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/davit-cd/davit/internal/spec"
)

// FuzzParse holds that Parse never panics, that each problem has a place in
// the file, that what is accepted is complete, and that it says the same twice.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/parse/*.txt")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		input, _, _ := strings.Cut(string(data), "\n----\n")
		f.Add([]byte(input))
	}
	k := known()
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := spec.Parse("davit.yaml", data, k)
		_, again := spec.Parse("davit.yaml", data, k)
		if err != nil {
			var ps spec.Problems
			if !errors.As(err, &ps) || len(ps) == 0 {
				t.Fatalf("an error without problems: %v", err)
			}
			lines := strings.Count(string(data), "\n") + 1
			for i, p := range ps {
				if i > 0 && (p.Line < ps[i-1].Line || p.Line == ps[i-1].Line && p.Column < ps[i-1].Column) {
					t.Fatalf("out of order: %v", ps)
				}
				if p.Line < 1 || p.Line > lines+1 || p.Column < 1 || p.Text == "" {
					t.Fatalf("%+v in a file of %d lines", p, lines)
				}
			}
			if again == nil || again.Error() != err.Error() {
				t.Fatalf("%v, then %v", err, again)
			}
			return
		}
		if len(file.Services) == 0 {
			t.Fatal("accepted without a service")
		}
		for _, s := range file.Services {
			if s.Name == "" || s.Path == "" || s.Branch == "" || len(s.Environments) == 0 {
				t.Fatalf("incomplete: %+v", s)
			}
			if strings.HasPrefix(s.Path, "..") || strings.HasPrefix(s.Path, "/") || strings.HasPrefix(s.Package.Folder, "..") {
				t.Fatalf("leads out: %+v", s)
			}
			for _, e := range s.Environments {
				if e.Name == "" || e.Target == "" || e.Instances < 1 || e.Strategy.Name == "" || len(e.Hosts) == 0 || e.Judge.Alpha <= 0 || e.Judge.Deadline <= 0 {
					t.Fatalf("incomplete: %+v", e)
				}
				if s.ConfigDigest(e.Name) == "" {
					t.Fatal("no digest")
				}
			}
		}
	})
}
