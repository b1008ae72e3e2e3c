package cli_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/davit-cd/davit/internal/cli"
)

var update = flag.Bool("update", false, "rewrite the generated reference")

// TestReference holds that the committed reference is what the commands say.
func TestReference(t *testing.T) {
	const path = "../../docs/reference/cli.md"
	want := cli.Reference()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Errorf("%s is out of date: go test ./internal/cli -run TestReference -update", path)
	}
}

// TestHelp holds that every command says in one sentence what it is for, gives
// an example that names it, and tells its exit codes.
func TestHelp(t *testing.T) {
	for section := range strings.SplitSeq(string(cli.Reference()), "\n### ") {
		name, rest, _ := strings.Cut(section, "\n")
		if !strings.HasPrefix(name, "davit") {
			continue
		}
		first, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
		if !strings.HasSuffix(first, ".") || len(first) > 140 {
			t.Errorf("%s: %q is not one short sentence", name, first)
		}
		if !strings.Contains(rest, "    "+name) {
			t.Errorf("%s has no example", name)
		}
		var out, complaint bytes.Buffer
		args := append(strings.Fields(name)[1:], "--help")
		code := cli.Run(context.Background(), args, cli.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &complaint, Getenv: func(string) string { return "" }})
		if code != 0 || !strings.Contains(out.String(), "Exit status:") || !strings.Contains(out.String(), "Examples:") || complaint.Len() > 0 {
			t.Errorf("%s: %d\n%s%s", name, code, out.String(), complaint.String())
		}
	}
}
