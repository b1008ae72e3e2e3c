package secret_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/secret"
)

func open(t testing.TB, dir string, o secret.Options) *secret.Sealer {
	t.Helper()
	s, err := secret.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func seal(t testing.TB, s *secret.Sealer, value string) []byte {
	t.Helper()
	b, err := s.Seal("shop", "production", "PASSWORD", []byte(value))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSealAndUnseal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	s := open(t, dir, secret.Options{})
	sealed := seal(t, s, "hunter22")
	if bytes.Contains(sealed, []byte("hunter")) || bytes.Contains(sealed, []byte("shop")) {
		t.Error("it is not sealed")
	}
	if bytes.Equal(sealed, seal(t, s, "hunter22")) {
		t.Error("equal values can be told from their sealed bytes")
	}
	again := open(t, dir, secret.Options{})
	if got, err := again.Unseal("shop", "production", "PASSWORD", sealed); err != nil || string(got) != "hunter22" {
		t.Errorf("after a restart: %q, %v", got, err)
	}
	info, err := os.Stat(filepath.Join(dir, "secret.age"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v", info.Mode(), err)
	}
}

func TestSwappedSecretsAreDetected(t *testing.T) {
	s := open(t, t.TempDir(), secret.Options{})
	sealed := seal(t, s, "hunter22")
	for _, c := range [][3]string{
		{"other", "production", "PASSWORD"},
		{"shop", "staging", "PASSWORD"},
		{"shop", "production", "TOKEN"},
		{"shopproduction", "", "PASSWORD"},
		{"", "shopproduction", "PASSWORD"},
		{"shop", "productionPASS", "WORD"},
	} {
		if v, err := s.Unseal(c[0], c[1], c[2], sealed); err == nil || v != nil {
			t.Errorf("%v opens it", c)
		}
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if v, err := s.Unseal("shop", "production", "PASSWORD", bad); err == nil {
			t.Fatalf("byte %d changed and it opens: %q", i, v)
		}
	}
	if _, err := s.Unseal("shop", "production", "PASSWORD", sealed[:len(sealed)-1]); err == nil {
		t.Error("it opens when cut short")
	}
}

func TestRotate(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, secret.Options{})
	old := seal(t, s, "hunter22")
	if err := s.Rotate(); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*secret.Sealer{s, open(t, dir, secret.Options{})} {
		if got, err := s.Unseal("shop", "production", "PASSWORD", old); err != nil || string(got) != "hunter22" {
			t.Fatalf("%q, %v", got, err)
		}
		again, changed, err := s.Reseal("shop", "production", "PASSWORD", old)
		if err != nil || !changed {
			t.Fatalf("reseal: %v, %v", changed, err)
		}
		if _, changed, err := s.Reseal("shop", "production", "PASSWORD", again); err != nil || changed {
			t.Errorf("reseal again: %v, %v", changed, err)
		}
	}
	if s.Keys() != 2 {
		t.Errorf("%d keys", s.Keys())
	}
}

func TestKeysFromElsewhere(t *testing.T) {
	k, err := secret.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "given")
	if err := os.WriteFile(file, []byte("# mine\n"+k+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sealed := seal(t, open(t, dir, secret.Options{File: file}), "hunter22")
	t.Setenv(secret.Variable, k)
	s := open(t, dir, secret.Options{})
	if _, err := s.Unseal("shop", "production", "PASSWORD", sealed); err != nil {
		t.Error(err)
	}
	if err := s.Rotate(); davit.KindOf(err) != davit.Conflict {
		t.Errorf("rotate: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "secret.age")); err == nil {
		t.Error("a key file was made though a key was given")
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	k, _ := secret.NewKey()
	loose, junk := filepath.Join(dir, "loose"), filepath.Join(dir, "junk")
	os.WriteFile(loose, []byte(k), 0o600)
	os.Chmod(loose, 0o640)
	os.WriteFile(junk, []byte(k[:len(k)-2]+"XX\n"), 0o600)
	for _, o := range []secret.Options{{File: loose}, {File: junk}, {File: filepath.Join(dir, "none")}, {Keys: "rubbish"}} {
		if _, err := secret.Open(dir, o); err == nil || strings.Contains(err.Error(), k[20:40]) {
			t.Errorf("%v: %v", o, err)
		}
	}
	other := open(t, t.TempDir(), secret.Options{})
	if _, err := other.Unseal("shop", "production", "PASSWORD", seal(t, open(t, t.TempDir(), secret.Options{}), "x234")); err == nil {
		t.Error("another key opens it")
	}
}

func TestNamesAndValues(t *testing.T) {
	s := open(t, t.TempDir(), secret.Options{})
	for _, n := range []string{"", "1A", "-A", "A/B", "../A", "A B", "A\n", "A=B", "DAVIT_TOKEN", "davit_token", strings.Repeat("A", 101), "Ä"} {
		if _, err := s.Seal("shop", "", n, []byte("x")); davit.KindOf(err) != davit.Invalid {
			t.Errorf("%q: %v", n, err)
		}
	}
	if _, err := s.Seal("shop", "", "A", make([]byte, secret.MaxValue+1)); davit.KindOf(err) != davit.TooLarge {
		t.Errorf("too large: %v", err)
	}
	if _, err := s.Seal("shop", "", "A", nil); davit.KindOf(err) != davit.Invalid {
		t.Errorf("empty: %v", err)
	}
	if sealed, err := s.Seal("shop", "", "A", make([]byte, secret.MaxValue)); err != nil {
		t.Errorf("largest: %v", err)
	} else if v, err := s.Unseal("shop", "", "A", sealed); err != nil || len(v) != secret.MaxValue {
		t.Errorf("largest: %d, %v", len(v), err)
	}
	if secret.Warning("A", []byte("abc")) == "" || secret.Warning("A", []byte("abcd")) != "" {
		t.Error("the warning is wrong")
	}
}

func TestManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	all := make([]*secret.Sealer, 4)
	for i := range all {
		wg.Go(func() { all[i], _ = secret.Open(dir, secret.Options{}) })
	}
	wg.Wait()
	for _, a := range all {
		if _, err := all[0].Unseal("shop", "production", "PASSWORD", seal(t, a, "hunter22")); err != nil {
			t.Errorf("servers that start at once have different keys: %v", err)
		}
	}
}

func TestAnyValueComesBack(t *testing.T) {
	s := open(t, t.TempDir(), secret.Options{})
	rapid.Check(t, func(t *rapid.T) {
		service, env := rapid.String().Draw(t, "service"), rapid.String().Draw(t, "environment")
		value := rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "value")
		sealed, err := s.Seal(service, env, "NAME", value)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Unseal(service, env, "NAME", sealed); err != nil || !bytes.Equal(got, value) {
			t.Fatalf("%q, %v", got, err)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	s := open(b, b.TempDir(), secret.Options{})
	for b.Loop() {
		seal(b, s, "hunter22")
	}
}

func BenchmarkUnseal(b *testing.B) {
	s := open(b, b.TempDir(), secret.Options{})
	sealed := seal(b, s, "hunter22")
	b.ReportMetric(float64(len(sealed)), "bytes")
	for b.Loop() {
		if _, err := s.Unseal("shop", "production", "PASSWORD", sealed); err != nil {
			b.Fatal(err)
		}
	}
}
