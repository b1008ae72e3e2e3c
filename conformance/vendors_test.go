package conformance

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/flag/importing"
)

// moved is what another system's export is once Davit has imported it.
type moved struct {
	set   *flag.Set
	notes map[string][]string // by flag
}

// move imports an export and compiles what it became.
func move(t *testing.T, format string, export []byte) moved {
	t.Helper()
	out, err := importing.Import(format, export, importing.Options{Project: "shop", Environment: "production", Owner: "ann", Now: time.Unix(now, 0).UTC()})
	if err != nil {
		t.Fatalf("import %s: %v", export, err)
	}
	text, _, err := authoring.Compile("shop", "production", out.Document.Flags, out.Document.Segments, out.Document.Groups)
	if err != nil {
		t.Fatal(err)
	}
	set, _, err := flag.Parse(text, flag.ParseOptions{})
	if err != nil {
		t.Fatalf("parse %s: %v", text, err)
	}
	m := moved{set: set, notes: map[string][]string{}}
	for _, n := range out.Notes {
		m.notes[n.Flag] = append(m.notes[n.Flag], n.Text)
	}
	return m
}

// variant is the variant that a user gets.
func (m moved) variant(t *testing.T, key string, context map[string]any) string {
	t.Helper()
	user, err := flag.ContextOf(context)
	if err != nil {
		t.Fatal(err)
	}
	defer user.Release()
	r := m.set.Evaluate(key, user, now)
	if r.Code != "" {
		t.Fatalf("%s for %v: %s %s", key, context, r.Code, r.Detail)
	}
	return r.Variant
}

// cut divides a whole at random into n parts of at least nothing.
func cut(r *rand.Rand, whole, n int) []int {
	parts := make([]int, n)
	rest := whole
	for i := range n - 1 {
		parts[i] = r.IntN(rest + 1)
		rest -= parts[i]
	}
	parts[n-1] = rest
	r.Shuffle(n, func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return parts
}

func asJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// bucketRule compiles a davit.bucket rule by the attribute key.
func bucketRule(t *testing.T, hash, salt string, shares ...any) func(key any) string {
	t.Helper()
	args := append([]any{hash, salt, map[string]any{"var": "key"}}, shares...)
	rule, _, err := flag.ParseRule(asJSON(t, map[string]any{"davit.bucket": args}), flag.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return func(key any) string {
		out, err := rule.Apply(asJSON(t, map[string]any{"key": key}), now)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
}
