package spec_test

import (
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/judge"
	"github.com/davit-cd/davit/internal/spec"
)

func digest(t *testing.T, input, environment string) davit.Digest {
	t.Helper()
	f, err := spec.Parse("davit.yaml", []byte(input), known())
	if err != nil {
		t.Fatal(err)
	}
	return f.Services[0].ConfigDigest(environment)
}

// TestConfigDigest holds what changes the digest of a configuration and what
// does not.
func TestConfigDigest(t *testing.T) {
	const head = "service: shop\nrun: {command: ./shop, env: {A: a, B: b}, secrets: [S, T]}\n"
	base := digest(t, head+"environments: {production: {}}", "production")
	for same, input := range map[string]string{
		"order of variables": "service: shop\nrun: {env: {B: b, A: a}, secrets: [T, S], command: ./shop}\nenvironments: {production: {}}",
		"default written":    "service: shop\nrun: {command: ./shop, protocol: http, health: {ready: {tcp: true}}, env: {A: a, B: b}, secrets: [S, T]}\nenvironments: {production: {}}",
		"strategy":           head + "environments: {production: {strategy: recreate, instances: 7, judge: {alpha: 0.01}, settle: 1h, hosts: x.org}}",
		"stages":             head + "test: x\nenvironments: {production: {}}",
		"from environment":   "service: shop\nrun: {command: ./shop, env: {A: a}, secrets: [S]}\nenvironments: {production: {env: {B: b}, secrets: [T]}}",
	} {
		if digest(t, input, "production") != base {
			t.Errorf("%s changes the digest", same)
		}
	}
	for other, input := range map[string]string{
		"variable": head + "environments: {production: {env: {A: other}}}",
		"secret":   head + "environments: {production: {secrets: [U]}}",
		"command":  head + "environments: {production: {run: ./shop -v}}",
		"memory":   head + "environments: {production: {run: {memory: 64MiB}}}",
		"health":   head + "environments: {production: {run: {health: /x}}}",
		"file":     "service: shop\nrun: {command: ./shop, env: {A: a, B: b}, secrets: [S, {name: T, file: T}]}\nenvironments: {production: {}}",
	} {
		if digest(t, input, "production") == base {
			t.Errorf("%s does not change the digest", other)
		}
	}
	if d := digest(t, head, "nowhere"); d != "" {
		t.Errorf("an environment that is not there has the digest %s", d)
	}
}

// TestJudgeDefaults holds that a file that says nothing gets the settings the
// judge was measured with.
func TestJudgeDefaults(t *testing.T) {
	f, err := spec.Parse("davit.yaml", []byte("service: shop\nrun: ./shop\n"), known())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range f.Services[0].Environments {
		if got := judge.FromSpec(e.Judge); got != judge.Defaults() {
			t.Errorf("%s: %+v, want %+v", e.Name, got, judge.Defaults())
		}
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"**", "a", true},
		{"**", "a/b/c", true},
		{".", "a/b", true},
		{"*.go", "main.go", true},
		{"*.go", "a/main.go", false},
		{"**/*.go", "main.go", true},
		{"**/*.go", "a/b/main.go", true},
		{"src/**", "src/a/b", true},
		{"src", "src/a/b", true},
		{"src/", "src/a", true},
		{"src", "srcs/a", false},
		{"src/**/x/*.ts", "src/a/b/x/y.ts", true},
		{"src/**/x/*.ts", "src/a/b/x/z/y.ts", false},
		{"release/*", "release/1.0", true},
		{"a?c", "abc", true},
		{"[ab]/x", "b/x", true},
		{"a/b/c", "a/b", false},
		{"", "a", false},
	} {
		if got := spec.Match(c.pattern, c.name); got != c.want {
			t.Errorf("Match(%q, %q) = %t", c.pattern, c.name, got)
		}
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]string{"90s": "1m30s", "24h": "1d", "36h": "1d12h", "0s": "0s", "1.5h": "1h30m", "250ms": "250ms", "7d": "7d"} {
		d, err := spec.ParseDuration(text)
		if err != nil || spec.FormatDuration(d) != want {
			t.Errorf("%s: %s, %v; want %s", text, spec.FormatDuration(d), err, want)
		}
	}
	for _, text := range []string{"", "5", "s", "-5s", "5 s", "5us", "1h-", "1..5s", "999999999999d"} {
		if d, err := spec.ParseDuration(text); err == nil {
			t.Errorf("%q is %s", text, d)
		}
	}
}
