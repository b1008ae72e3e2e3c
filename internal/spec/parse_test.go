package spec_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
	"github.com/davit-cd/davit/internal/strategy"
)

var update = flag.Bool("update", false, "rewrite golden files and generated pages")

func known() spec.Known {
	return spec.Known{Targets: []string{"process"}, Strategies: strategy.Describe(), Gates: spec.Gates()}
}

// TestParse runs the golden cases: input, a dashed line, then what Parse makes
// of it (zero values left out) or the error. A first line "# show: A B" limits
// the output to these fields of the services.
func TestParse(t *testing.T) {
	files, err := filepath.Glob("testdata/parse/*.txt")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d cases: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			input, want, _ := strings.Cut(string(data), "\n----\n")
			got := outcome(input + "\n")
			if *update {
				if err := os.WriteFile(file, []byte(input+"\n----\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func outcome(input string) string {
	f, err := spec.Parse("davit.yaml", []byte(input), known())
	if err != nil {
		return "error:\n" + err.Error() + "\n"
	}
	var b bytes.Buffer
	if len(f.Warnings) > 0 {
		b.WriteString("warning:\n" + f.Warnings.Error() + "\n")
	}
	show, limited := strings.CutPrefix(strings.TrimSpace(strings.SplitN(input, "\n", 2)[0]), "# show: ")
	for _, s := range f.Services {
		v := bare(reflect.ValueOf(s)).(map[string]any)
		if limited {
			limit(v, "", " "+show+" Name ")
			list, _ := v["Environments"].([]any)
			for _, e := range list {
				limit(e.(map[string]any), "Environments.", " "+show+" Environments.Name ")
			}
		}
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(v); err != nil {
			return err.Error()
		}
	}
	return b.String()
}

// limit removes what show does not name. "Environments.Strategy" names one
// field of the environments.
func limit(v map[string]any, prefix, show string) {
	whole := prefix != "" && strings.Contains(show, " "+strings.TrimSuffix(prefix, ".")+" ")
	for k := range v {
		if !whole && !strings.Contains(show, " "+prefix+k+" ") && !strings.Contains(show, " "+prefix+k+".") {
			delete(v, k)
		}
	}
}

// bare returns v without its zero values, durations as people write them.
func bare(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return bare(v.Elem())
	case reflect.Struct:
		out := map[string]any{}
		for i := range v.NumField() {
			if f := v.Field(i); !f.IsZero() || f.Kind() == reflect.Bool {
				if f.Kind() == reflect.Bool && !f.Bool() && v.Type().Field(i).Name != "FailFast" {
					continue
				}
				if x := bare(f); !reflect.DeepEqual(x, map[string]any{}) {
					out[v.Type().Field(i).Name] = x
				}
			}
		}
		return out
	case reflect.Slice:
		out := []any{}
		for i := range v.Len() {
			out = append(out, bare(v.Index(i)))
		}
		return out
	}
	if d, ok := reflect.TypeAssert[time.Duration](v); ok {
		return spec.FormatDuration(d)
	}
	return v.Interface()
}

// TestProblems holds what callers rely on beyond the text.
func TestProblems(t *testing.T) {
	_, err := spec.Parse("davit.yaml", []byte("servce: shop\nrun: ./shop\nbranch: [a]\n"), known())
	var ps spec.Problems
	if !errors.As(err, &ps) || len(ps) != 2 {
		t.Fatalf("%v", err)
	}
	if ps[0].Line != 1 || ps[0].Column != 1 || ps[0].Hint != `did you mean "service"?` || ps[1].Path != "branch" {
		t.Errorf("%+v", ps)
	}
	if davit.KindOf(err) != davit.Invalid {
		t.Errorf("kind %s", davit.KindOf(err))
	}
}

// TestSecretsStayOut holds that no excerpt shows what may be a secret.
func TestSecretsStayOut(t *testing.T) {
	for _, input := range []string{
		"service: a\nrun: {command: ./a, env: {API_TOKEN: hunter2}}\n",
		"service: a\nrun:\n  command: ./a\n  env:\n    API_TOKEN: hunter2\n",
		"service: a\nrun:\n  command: ./a\n  env:\n    API-TOKEN: hunter2\n",
		"service: a\nrun:\n  command: ./a\n  env: {API-TOKEN: hunter2, API_KEY: hunter2}\n",
		"service: a\nrun: ./a\ntest: {run: x, env: {T: 1, T: hunter2}}\n",
		"service: a\nrun: ./a\nenvironments: {p: {env: {PASSWORD: hunter2}}}\n",
		"service: a\nrun: ./a\nenv:\n  PASSWORD: hunter2\n",
		"service: a\nrun:\n  command: ./a\n  secrets: [\"API TOKEN=hunter2\"]\n",
	} {
		f, err := spec.Parse("davit.yaml", []byte(input), known())
		if said := fmt.Sprint(err, f.Warnings); strings.Contains(said, "hunter2") {
			t.Errorf("%q says:\n%s", input, said)
		}
	}
}

// TestTooLarge holds the bounds on size and depth; none may take long.
func TestTooLarge(t *testing.T) {
	bound := map[string]string{
		"services": "1001 names", "bytes": "bytes", "long line": "the line has", "too many": "the file has", "dashes": "nested", "braces": "nested", "brackets": "nested",
	}
	// Lines as long, and files of as many lines, as are let through.
	line := func(s string) string { return strings.Repeat(s, 8000/len(s)) }
	lines := func(s string) string { return strings.Repeat(s+"\n", 9990) }
	for name, input := range map[string]string{
		"services":  "services:\n" + manyServices(1001),
		"bytes":     strings.Repeat("#", 1<<20+1),
		"long line": "a: " + strings.Repeat("x", 1<<14),
		"brackets":  "a: " + line("["),
		"braces":    "a: " + line("{a: "),
		"dashes":    line("- "),
		"keys":      strings.Repeat(line("? ")+"\n", 100),
		"anchors":   strings.Repeat(line("&a ")+"\n", 100),
		"tags":      strings.Repeat(line("!a ")+"\n", 100),
		"quotes":    strings.Repeat(line(`"`)+"\n", 100),
		"wide":      "service: a\nrun: ./a\n" + lines("a: b"),
		"names":     "service: a\nrun: ./a\nenvironments:\n" + lines(" a: {}"),
		"many":      "services:\n" + manyServices(1000) + "x: 1",
		"indent":    stairs(1000),
		"colons":    line("a: "),
		"text":      strings.Repeat(line("a ")+"\n", 100),
		"lines":     lines("a"),
		"too many":  strings.Repeat("# a\n", 1<<18),
		"literal":   "a: |\n" + lines("  a"),
		"flow":      "a: [" + lines("a,") + "]",
	} {
		t.Run(name, func(t *testing.T) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			start := threadTime(t)
			_, err := spec.Parse("davit.yaml", []byte(input), known())
			var ps spec.Problems
			if !errors.As(err, &ps) || len(ps) == 0 || len(ps) > 50 {
				t.Fatalf("%d problems", len(ps))
			}
			if want := bound[name]; !strings.Contains(ps[0].Text, want) {
				t.Errorf("%s, want %s", ps[0].Text, want)
			}
			// Time of the processor, which others cannot take away: what grows with the
			// square of the input takes minutes.
			if d := threadTime(t) - start; d > 5*time.Second {
				t.Errorf("took %s", d)
			} else {
				t.Logf("%s: %s", d, ps[0].Text)
			}
		})
	}
}

// threadTime is the time that this thread has had of a processor.
func threadTime(t *testing.T) time.Duration {
	t.Helper()
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		t.Fatal(err)
	}
	return time.Duration(ts.Nano())
}

func manyServices(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  a%d: {run: ./a}\n", i)
	}
	return b.String()
}

func stairs(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}
