package exposure_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/davit-cd/davit/internal/exposure"
	"github.com/davit-cd/davit/internal/flag/authoring"
)

// manyFlags is n flags with a rule, a segment and a split each, in three
// environments.
func manyFlags(t testing.TB, n int) authoring.Document {
	t.Helper()
	var b strings.Builder
	b.WriteString("segments:\n  beta:\n    included: [ann]\n    if: {email: {ends: \"@example.org\"}}\nflags:\n  one:\n    kind: operational\n    owner: team\n    purpose: One of many.\n    environments:\n")
	for _, e := range []string{"development", "staging", "production"} {
		fmt.Fprintf(&b, "      %s:\n        on: true\n        rules:\n          - {if: {country: [DE, AT, CH], age: {min: 18}}, serve: on}\n          - {if: {segment: beta}, serve: on}\n        serve: {on: 10, off: 90}\n", e)
	}
	d, err := authoring.Parse("flags.yaml", []byte(b.String()), authoring.Defaults{Project: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	one := d.Flags[0]
	d.Flags = nil
	for i := range n {
		f := one
		f.Key = fmt.Sprintf("flag-%05d", i)
		d.Flags = append(d.Flags, f)
	}
	return d
}

// BenchmarkChange is one change of one flag in a project of so many, in one of
// three environments: decided, compiled, kept on disk and published.
func BenchmarkChange(b *testing.B) {
	for _, n := range []int{500, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := open(b)
			if _, err := s.book.Apply(b.Context(), exposure.Application{Document: manyFlags(b, n), Actor: "ann"}); err != nil {
				b.Fatal(err)
			}
			on := false
			b.ResetTimer()
			for b.Loop() {
				if _, err := s.book.Turn(b.Context(), exposure.Who{Actor: "ann", Reason: "a benchmark"}, "shop", "flag-00250", "production", on); err != nil {
					b.Fatal(err)
				}
				on = !on
			}
		})
	}
}
