package spec_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/davit-cd/davit/internal/spec"
)

// TestInit runs the golden cases: the files of a repository, then the
// davit.yaml that Init writes for it, which Parse must accept.
func TestInit(t *testing.T) {
	files, err := filepath.Glob("testdata/init/*.txtar")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d cases: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			before, want, _ := strings.Cut(string(data), "-- davit.yaml --\n")
			facts := spec.Facts{Name: "My Repo", Contents: map[string]string{}}
			for _, part := range strings.Split("\n"+before, "\n-- ")[1:] {
				name, content, _ := strings.Cut(part, " --\n")
				name = strings.TrimSuffix(name, " --")
				facts.Files = append(facts.Files, name)
				if spec.Telling(name) {
					facts.Contents[name] = content
				}
			}
			got := string(spec.Init(facts))
			if *update {
				if err := os.WriteFile(file, []byte(before+"-- davit.yaml --\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
			if f, err := spec.Parse("davit.yaml", []byte(got), known()); err != nil {
				t.Errorf("Parse refuses it:\n%v\n%s", err, got)
			} else if len(f.Warnings) > 0 {
				t.Error(f.Warnings)
			}
		})
	}
}

// TestInitIsAccepted holds for any files that Parse accepts what Init writes.
func TestInitIsAccepted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"go.mod", "main.go", "package.json", "server.js", "app.py", "requirements.txt", "pyproject.toml", "Procfile", "index.html", "Dockerfile", "manage.py", "x/wsgi.py"})
		folder := rapid.OneOf(rapid.SampledFrom([]string{"", "", "a/", "cmd/x/", "A B/", "yes/", "1/", "a:b/", "-x/", "ü/", "a/b/c/"}), rapid.StringN(1, 5, 20).Filter(func(s string) bool { return !strings.ContainsAny(s, "/") }))
		content := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			"package main\nimport \"net/http\"\n", "module x/y", `{"name":"a b","scripts":{"start":"x: y # z","build":"b","test":"t"},"dependencies":{"a":"1"}}`,
			"web: \"a\": {b} # c", "gunicorn\nflask", "app = 1", "'/healthz'", "web: - x", "web: |", "web: *a", "web: true", "web: a: b", "web: 'x", "web: [", "web: %x", "web: @x", "web: \\x07",
		}))
		f := spec.Facts{Name: rapid.String().Draw(t, "name"), Contents: map[string]string{}}
		for range rapid.IntRange(0, 6).Draw(t, "files") {
			file := folder.Draw(t, "folder") + name.Draw(t, "file")
			if !slices.Contains(f.Files, file) {
				f.Files = append(f.Files, file)
				f.Contents[file] = content.Draw(t, "content")
			}
		}
		out := spec.Init(f)
		if _, err := spec.Parse("davit.yaml", out, known()); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})
}

func TestArgv(t *testing.T) {
	for _, c := range []struct {
		run  spec.Run
		want []string
	}{
		{spec.Run{Command: []string{"./shop", "-v"}}, []string{"./shop", "-v"}},
		{spec.Run{Static: "."}, nil},
		{spec.Run{Shell: "./shop -p $PORT"}, []string{"/bin/sh", "-c", "exec ./shop -p $PORT"}},
		{spec.Run{Shell: "exec ./shop"}, []string{"/bin/sh", "-c", "exec ./shop"}},
		{spec.Run{Shell: "A=b ./shop"}, []string{"/bin/sh", "-c", "exec env A=b ./shop"}},
		{spec.Run{Shell: "cd x && ./shop"}, []string{"/bin/sh", "-c", "cd x && ./shop"}},
	} {
		if got := c.run.Argv(); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %q", c.run, got)
		}
	}
}
