package flag_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/davit-cd/davit/internal/flag"
)

// The three flags that every evaluator is measured with.
const measured = `{"flags":{
	"simple":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"on"},
	"rule3":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":{"if":[{"and":[
		{"ends_with":[{"var":"email"},"@example.com"]},{"in":[{"var":"country"},["NL","BE","DE"]]},{">=":[{"var":"age"},18]}]},"on","off"]}},
	"split":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":{"fractional":[["on",25],["off",75]]}}},
	"metadata":{"flagSetId":"shop/production","version":"1"}}`

const asker = `{"targetingKey":"user-123456","email":"jon@example.com","country":"NL","age":42,"plan":"pro","beta":true}`

func BenchmarkEvaluate(b *testing.B) {
	set := mustParse(b, measured, flag.ParseOptions{})
	for _, key := range []string{"simple", "rule3", "split"} {
		b.Run(key, func(b *testing.B) {
			c, err := flag.ParseContext([]byte(asker))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if r := set.Evaluate(key, c, 0); r.Code != "" {
					b.Fatal(r)
				}
			}
		})
	}
}

func BenchmarkParseContext(b *testing.B) {
	body := []byte(asker)
	b.ReportAllocs()
	for b.Loop() {
		c, err := flag.ParseContext(body)
		if err != nil {
			b.Fatal(err)
		}
		c.Release()
	}
}

func BenchmarkBulk(b *testing.B) {
	set := mustParse(b, manyFlags(500), flag.ParseOptions{})
	c, err := flag.ParseContext([]byte(asker))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range set.Flags() {
			f.Evaluate(c, 0)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{500, 10_000} {
		doc := []byte(manyFlags(n))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := flag.Parse(doc, flag.ParseOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// manyFlags is a document of n flags, each with a rule of three conditions
// and a split behind it.
func manyFlags(n int) string {
	var b strings.Builder
	b.WriteString(`{"flags":{`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"flag-%d":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":{"if":[{"and":[
			{"ends_with":[{"var":"email"},"@example.com"]},{"in":[{"var":"country"},["FR","BE","DE"]]},{">=":[{"var":"age"},%d]}]},"on",
			{"fractional":[["on",%d],["off",75]]}]}}`, i, i%80, i%25)
	}
	b.WriteString(`}}`)
	return b.String()
}
