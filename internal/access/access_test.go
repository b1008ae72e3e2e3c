package access_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/access"
)

var update = flag.Bool("update", false, "rewrite docs/reference/roles.md")

func TestReferenceIsCurrent(t *testing.T) {
	path := filepath.FromSlash("../../docs/reference/roles.md")
	want := access.Reference()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("docs/reference/roles.md is not what the table says (%v); run go test ./internal/access -update", err)
	}
}

// Every cell of the table, written out once more, so that a role does not
// grow by a slip.
func TestAllow(t *testing.T) {
	table := map[davit.Role]string{
		"":             "",
		"root":         "",
		davit.Client:   "flag.evaluate",
		davit.Viewer:   "read watch pull audit.verify",
		davit.Deployer: "push deploy promote hold resume abort rollback approve rerun cancel quarantine flag.set secret.list",
		davit.Admin:    "lift override secret.set secret.delete token.manage service.remove settings audit.export",
	}
	allowed := map[davit.Role][]string{}
	var before []string // each role may what the one before it may
	for _, r := range []davit.Role{davit.Client, davit.Viewer, davit.Deployer, davit.Admin} {
		before = append(before, strings.Fields(table[r])...)
		allowed[r] = slices.Clone(before)
	}
	for role := range table {
		for _, rule := range access.Rules() {
			want := false
			for _, v := range allowed[role] {
				want = want || v == string(rule.Verb)
			}
			err := access.Allow(role, rule.Verb)
			if (err == nil) != want {
				t.Errorf("%q %q: %v", role, rule.Verb, err)
			}
			if err != nil && (davit.KindOf(err) != davit.Forbidden || !strings.Contains(err.Error(), string(rule.Least))) {
				t.Errorf("%q %q: %v does not say what is needed", role, rule.Verb, err)
			}
		}
		if access.Allow(role, "format.disk") == nil {
			t.Errorf("%q may do what is unknown", role)
		}
	}
}

func TestVerbsAreUnique(t *testing.T) {
	seen := map[access.Verb]bool{}
	for _, r := range access.Rules() {
		if seen[r.Verb] || r.What == "" {
			t.Error(r)
		}
		seen[r.Verb] = true
	}
}

func TestParseRole(t *testing.T) {
	if r, err := access.ParseRole("deployer"); r != davit.Deployer || err != nil {
		t.Fatal(r, err)
	}
	for _, s := range []string{"", "Admin", "root"} {
		if _, err := access.ParseRole(s); davit.KindOf(err) != davit.Invalid {
			t.Fatal(s, err)
		}
	}
}

func TestToken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) (r [32]byte) {
			copy(r[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, name))
			return r
		}
		a, b := draw("a"), draw("b")
		x, y := access.NewToken(a), access.NewToken(b)
		if (x == y) != (a == b) || access.Same(x, y) != (a == b) || (access.HashToken(x) == access.HashToken(y)) != (a == b) {
			t.Fatal("two tokens are one", x, y)
		}
		if err := access.CheckToken(x); err != nil {
			t.Fatal(x, err)
		}
	})
	full := [32]byte(bytes.Repeat([]byte{0xff}, 32))
	for _, r := range [][32]byte{{}, full} {
		if s := access.NewToken(r); access.CheckToken(s) != nil {
			t.Fatal(s)
		}
	}
	for _, s := range []string{"", "dvt_", "dvt_abc", access.NewToken(full) + "0", "xyz_" + access.NewToken(full)[4:], "dvt_" + strings.Repeat("-", 43)} {
		if err := access.CheckToken(s); davit.KindOf(err) != davit.Unauthorized || (s != "" && len(s) > 10 && strings.Contains(err.Error(), s)) {
			t.Fatal(s, err)
		}
	}
}
