package runner

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/davit-cd/davit/internal/mask"
	"pgregory.net/rapid"
)

// TestPiecesDoNotMatter holds that the log is the same however a step's output
// is cut into pieces, and never holds a secret.
func TestPiecesDoNotMatter(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "topsecret", "tops", "\n", "\r\n", "ü", "\xff", "{", strings.Repeat("x", maxLine-1), "secret"}), 0, 20).Draw(t, "output")
		whole := strings.Join(parts, "")
		var cut []string
		for rest := whole; rest != ""; {
			n := rapid.IntRange(1, min(len(rest), 20_000)).Draw(t, "n")
			cut, rest = append(cut, rest[:n]), rest[n:]
		}
		once, pieces := logged(t, dir, []string{whole}), logged(t, dir, cut)
		if once != pieces {
			t.Fatalf("%.200q differs from %.200q", once, pieces)
		}
		if strings.Contains(once, "topsecret") {
			t.Fatalf("a secret shows in %.200q", once)
		}
	})
}

func logged(t *rapid.T, dir string, pieces []string) string {
	path := filepath.Join(dir, "log")
	_ = os.Remove(path)
	l, err := openLog(path, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	l.mask = mask.New("topsecret")
	w := l.writer("s", "out", nil)
	for _, p := range pieces {
		_, _ = w.Write([]byte(p))
	}
	w.flush()
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var text strings.Builder
	for from := bufio.NewReader(f); ; {
		b, err := from.ReadBytes('\n')
		if err != nil {
			return text.String()
		}
		var line Line
		if err := json.Unmarshal(b, &line); err != nil {
			t.Fatal(err)
		}
		text.WriteString(line.Text + "\n")
	}
}

// FuzzReports holds that no report, however broken, upsets the server, and that
// what it says adds up.
func FuzzReports(f *testing.F) {
	f.Add(`{"Action":"run","Package":"p","Test":"T/a"}` + "\n" + `{"Action":"fail","Package":"p","Test":"T/a"}`)
	f.Add(`<testsuite><testcase name="a"><failure message="m">t</failure></testcase></testsuite>`)
	f.Fuzz(func(t *testing.T, text string) {
		r := newResults()
		_ = r.goFile(strings.NewReader(text))
		_ = r.junitFile(strings.NewReader(text))
		sum := r.tests()
		if sum.Passed < 0 || sum.Failed < len(sum.Failures) || sum.Flaky > sum.Passed || sum.Total() > len(r.all) {
			t.Errorf("%+v of %d", sum, len(r.all))
		}
	})
}
