package spec_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/davit-cd/davit/internal/spec"
	"github.com/davit-cd/davit/internal/strategy"
)

// TestGuide holds that every example of the pages people read is accepted. An
// example without a service, or without a run, is a part of a file.
func TestGuide(t *testing.T) {
	for _, file := range []string{"../../docs/guides/davit-yaml.md", "../../docs/reference/davit-yaml.md", "../../docs/reference/strategies.md"} {
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		examples := regexp.MustCompile("(?s)\n```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1)
		if len(examples) == 0 {
			t.Errorf("%s has no examples", file)
		}
		for _, e := range examples {
			input := e[1]
			if !strings.HasPrefix(input, "service") {
				input = "service: shop\n" + input
			}
			if !regexp.MustCompile(`(?m)^ *run:`).MatchString(input) || strings.Contains(input, "\nstages:") {
				input += "run: ./shop\n"
			}
			f, err := spec.Parse("davit.yaml", []byte(input), known())
			if err != nil {
				t.Errorf("%s: %s\n%v", file, input, err)
				continue
			}
			for _, s := range f.Services {
				for _, env := range s.Environments {
					if _, err := strategy.Compile(env); err != nil {
						t.Errorf("%s: %s\n%v", file, input, err)
					}
				}
			}
		}
	}
}

// TestExamples holds that the repositories people begin with are accepted, and
// that nothing about them is doubtful.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../../examples/*/davit.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if f, err := spec.Parse(file, data, known()); err != nil || len(f.Warnings) > 0 {
			t.Errorf("%s: %v %v", file, err, f.Warnings)
		}
	}
}

// TestGuideShowsRealErrors holds that the error on the page is the one people
// get.
func TestGuideShowsRealErrors(t *testing.T) {
	page, err := os.ReadFile("../../docs/guides/davit-yaml.md")
	if err != nil {
		t.Fatal(err)
	}
	_, err = spec.Parse("davit.yaml", []byte("service: shop\ntset: go test ./...\nrun: ./shop\n"), known())
	if err == nil || !strings.Contains(string(page), "```\n"+err.Error()+"\n```") {
		t.Errorf("the page does not show\n%v", err)
	}
}

func BenchmarkParse(b *testing.B) {
	k := known()
	data := []byte("service: shop\ntest: go test ./...\nbuild: go build -o out/shop .\npackage: out\nrun: ./shop\n")
	for b.Loop() {
		if _, err := spec.Parse("davit.yaml", data, k); err != nil {
			b.Fatal(err)
		}
	}
}
