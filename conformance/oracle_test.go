package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/open-feature/flagd/core/pkg/evaluator"
	"github.com/open-feature/flagd/core/pkg/logger"
	"github.com/open-feature/flagd/core/pkg/store"
	"github.com/open-feature/flagd/core/pkg/sync"

	"github.com/davit-cd/davit/internal/flag"
)

// answer is what an evaluator said, in a form that can be compared.
type answer struct {
	Variant, Reason, Code string
	Value                 any
}

// flagd evaluates with flagd's own evaluator.
func flagd(t testing.TB, doc []byte) func(key string, attributes map[string]any) answer {
	t.Helper()
	e := evaluator.NewJSON(logger.NewLogger(nil, false), store.NewFlags())
	if err := e.SetState(sync.DataSync{FlagData: string(doc), Source: "test"}); err != nil {
		t.Fatalf("flagd refuses %s: %v", doc, err)
	}
	return func(key string, attributes map[string]any) answer {
		v := e.ResolveAsAnyValue(context.Background(), "", key, attributes)
		a := answer{Variant: v.Variant, Reason: v.Reason, Value: v.Value}
		if a.Reason == "FALLBACK" { // its word inside for what its services call DEFAULT
			a.Reason = "DEFAULT"
		}
		if v.Error != nil {
			a = answer{Reason: v.Reason, Code: v.Error.Error()}
		}
		return a
	}
}

// ours evaluates with Davit's.
func ours(t testing.TB, doc []byte) func(key string, attributes map[string]any) answer {
	t.Helper()
	set, _, err := flag.Parse(doc, flag.ParseOptions{Lenient: true})
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return func(key string, attributes map[string]any) answer {
		body, err := json.Marshal(attributes)
		if err != nil {
			t.Fatal(err)
		}
		c, err := flag.ParseContext(body)
		if err != nil {
			t.Fatal(err)
		}
		r := set.Evaluate(key, c, now)
		a := answer{Variant: r.Variant, Reason: string(r.Reason), Code: string(r.Code)}
		if r.Value != nil {
			a.Value = r.Value.Any()
		}
		if x := set.Flag(key).Explain(c, now); x.Variant != a.Variant || string(x.Reason) != a.Reason || string(x.Code) != a.Code {
			t.Errorf("%s over %s: evaluated %+v, explained %+v", set.Flag(key).Targeting(), body, a, x)
		}
		return a
	}
}

// FuzzOracle makes flags and contexts of its input and holds that flagd's
// evaluator and Davit's say the same. It keeps to what TestDifferences does
// not list.
func FuzzOracle(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		seed := make([]byte, 400)
		for i := range seed {
			seed[i] = byte(r.Uint32())
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		g := &rules{in: input}
		flags := map[string]any{}
		for i := range 6 {
			flags[fmt.Sprintf("flag-%d", i)] = g.flag()
		}
		g.alone = true
		shared := g.boolean(3)
		var doc bytes.Buffer
		enc := json.NewEncoder(&doc)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(map[string]any{"flags": flags, "$evaluators": map[string]any{"shared": shared}}); err != nil {
			t.Fatal(err)
		}
		theirs, mine := flagd(t, doc.Bytes()), ours(t, doc.Bytes())
		for range 4 {
			attributes := g.context()
			for key := range flags {
				if a, b := theirs(key, attributes), mine(key, attributes); !reflect.DeepEqual(a, b) {
					rule, _ := json.Marshal(flags[key])
					body, _ := json.Marshal(attributes)
					t.Errorf("%s over %s: flagd says %+v, Davit %+v", rule, body, a, b)
				}
			}
		}
	})
}

// rules makes rules, each byte of the input being one choice.
type rules struct {
	in    []byte
	at    int
	alone bool // no $ref
}

func (g *rules) choose(n int) int {
	if g.at >= len(g.in) {
		return 0
	}
	g.at++
	return int(g.in[g.at-1]) % n
}

func pick[T any](g *rules, of ...T) T { return of[g.choose(len(of))] }

func op(name string, args ...any) map[string]any { return map[string]any{name: args} }

func attr(name string) map[string]any { return map[string]any{"var": name} }

func (g *rules) flag() map[string]any {
	f := map[string]any{"state": pick(g, "ENABLED", "ENABLED", "ENABLED", "DISABLED")}
	switch g.choose(3) {
	case 0:
		f["variants"] = map[string]any{"a": true, "b": false, "true": true, "false": false, "1": true, "3": false}
	case 1:
		f["variants"] = map[string]any{"a": "x", "b": "", "true": "t", "false": "f", "1": "one", "3": "three"}
	default:
		f["variants"] = map[string]any{"a": 1.5, "b": 0.0, "true": 1.0, "false": -1.0, "1": 10.0, "3": 1e30}
	}
	if g.choose(4) > 0 {
		f["defaultVariant"] = pick(g, "a", "b")
	}
	if n := g.choose(8); n > 1 {
		f["targeting"] = g.outcome(4)
	} else if n == 1 {
		f["targeting"] = map[string]any{}
	}
	return f
}

// outcome is a rule that names a variant.
func (g *rules) outcome(depth int) any {
	if depth <= 0 {
		return pick[any](g, "a", "b", nil, true, 1.0, "nowhere")
	}
	switch g.choose(6) {
	case 0:
		return g.boolean(depth - 1)
	case 1:
		return g.split(depth - 1)
	case 2:
		return op("if", g.boolean(depth-1), g.outcome(depth-1))
	case 3:
		return op("if", g.boolean(depth-1), g.outcome(depth-1), g.boolean(depth-1), g.outcome(depth-2), g.outcome(depth-1))
	default:
		return op("if", g.boolean(depth-1), g.outcome(depth-1), g.outcome(depth-1))
	}
}

func (g *rules) split(depth int) any {
	var args []any
	if g.choose(2) == 0 {
		args = append(args, op("cat", attr("$flagd.flagKey"), g.text(depth)))
	}
	for range 1 + g.choose(4) {
		share := []any{pick[any](g, "a", "b", "true", true, nil, 1.0)}
		if g.choose(4) == 0 {
			share[0] = g.outcome(depth - 1)
		}
		switch g.choose(4) {
		case 0:
		case 1:
			share = append(share, op("-", float64(g.choose(200)), 50.0))
		default:
			share = append(share, float64(g.choose(256)*pick(g, 1, 1, 1, 100, 10_000_000)))
		}
		args = append(args, share)
	}
	return map[string]any{"fractional": args}
}

func (g *rules) boolean(depth int) any {
	if depth <= 0 {
		return pick[any](g, true, false, attr("yes"), attr("no"), op("==", attr("country"), "NL"))
	}
	switch g.choose(16) {
	case 0:
		return op(pick(g, "and", "or"), g.boolean(depth-1), g.boolean(depth-1), g.boolean(depth-1))
	case 1:
		return op(pick(g, "!", "!!"), g.boolean(depth-1))
	case 2, 3:
		return op(pick(g, "==", "!=", "===", "!==", "<", "<=", ">", ">="), g.number(depth-1), g.number(depth-1))
	case 4:
		return op(pick(g, "==", "!=", "===", "!==", "<", "<=", ">", ">="), g.text(depth-1), g.text(depth-1))
	case 5:
		return op(pick(g, "==", "!=", "===", "!==", "<", "<=", ">", ">="), g.any(depth-1), g.any(depth-1))
	case 6:
		return op(pick(g, "<", "<="), g.number(depth-1), g.number(depth-1), g.number(depth-1))
	case 7:
		return op("in", g.text(depth-1), []any{"NL", "BE", "x", pick(g, "u1", "u2")})
	case 8:
		return op("in", g.number(depth-1), []any{1.0, 3.0, 18.0, 0.5})
	case 9:
		return op("in", op("cat", g.text(depth-1), pick(g, "", "N")), g.text(depth-1)) // nothing within a text stops flagd
	case 10:
		return op(pick(g, "starts_with", "ends_with"), g.any(depth-1), g.text(depth-1))
	case 11:
		return op("sem_ver", g.version(), pick(g, "=", "!=", "<", "<=", ">", ">=", "~", "^", "=="), g.version())
	case 12:
		return op(pick(g, "all", "some", "none"), pick[any](g, attr("list"), attr("empty"), attr("absent")),
			op(pick(g, "<", "==", ">="), attr(""), float64(g.choose(5))))
	case 13:
		return op("missing", pick(g, "country", "absent", "deep.er"), pick(g, "age", "nothing", "deep.est"))
	case 14:
		if g.alone { // it must not refer to itself
			return attr("yes")
		}
		return map[string]any{"$ref": "shared"}
	default:
		return op("missing_some", float64(g.choose(3)), []any{"country", "absent", "age"})
	}
}

func (g *rules) number(depth int) any {
	if depth <= 0 {
		return pick[any](g, 0.0, 1.0, 3.0, -2.5, 18.0, 1e6, attr("age"), attr("score"), op("var", []any{"absent", 7.0}...), attr("deep.er"))
	}
	switch g.choose(8) {
	case 0:
		return op(pick(g, "+", "*", "-", "max", "min"), g.number(depth-1), g.number(depth-1))
	case 1:
		return op("%", g.number(depth-1), pick(g, 2.0, 7.0, 0.5))
	case 2:
		return op("/", g.number(depth-1), pick(g, 2.0, 4.0, -1.0))
	case 3:
		return op("if", g.boolean(depth-1), g.number(depth-1), g.number(depth-1))
	case 4:
		return op("reduce", op("map", op("filter", attr("list"), op(">", attr(""), float64(g.choose(4)))), op("*", attr(""), 2.0)),
			op("+", attr("current"), attr("accumulator")), float64(g.choose(5)))
	}
	return g.number(0)
}

func (g *rules) text(depth int) any {
	if depth <= 0 {
		return pick[any](g, "NL", "x", "u", "u1", "example.com", attr("country"), attr("email"), attr("targetingKey"), attr("deep.est"), attr("$flagd.flagKey"))
	}
	switch g.choose(6) {
	case 0:
		return op("cat", g.text(depth-1), pick[any](g, "-", 5.0, 0.25, attr("age")), g.text(depth-1))
	case 1:
		return op("substr", "jsonlogic", float64(g.choose(6)-3), float64(1+g.choose(3)))
	case 2:
		return op("if", g.boolean(depth-1), g.text(depth-1), g.text(depth-1))
	}
	return g.text(0)
}

func (g *rules) version() any {
	return pick[any](g, "1.0.0", "v1.2.3", "1.2", "2", "V2.0.0", "2.0.0-alpha", "2.0.0-alpha.1", "1.2.3+build", "01.2.3", "x", "2.0.0.0", 1.2, 2.0, attr("version"), attr("age"), true)
}

// any is a value of any form, for the operators that coerce.
func (g *rules) any(depth int) any {
	switch g.choose(5) {
	case 0:
		return g.boolean(depth)
	case 1:
		return g.number(depth)
	case 2:
		return pick[any](g, nil, "", "0", "1", "1.0", "18", "abc", attr("absent"), attr("nothing"), attr("list"), []any{}, []any{1.0})
	default:
		return g.text(depth)
	}
}

func (g *rules) context() map[string]any {
	c := map[string]any{
		"age": float64(g.choose(40)), "score": float64(g.choose(256)) / 8, "country": pick(g, "NL", "BE", "DE", "X"),
		"email": pick(g, "a@example.com", "jon@company.com", "é@ü.nl"), "yes": true, "no": false, "nothing": nil,
		"version": pick[any](g, "1.2.3", "2.0.0-alpha", "nonsense", 2.0), "list": []any{1.0, 2.0, 3.0}, "empty": []any{},
		"deep": map[string]any{"er": float64(g.choose(10)), "est": pick(g, "x", "NL")},
	}
	if g.choose(5) > 0 {
		c["targetingKey"] = pick(g, "u1", "u2", "jon@company.com", "9", "ü")
	}
	if g.choose(3) == 0 {
		g.spoil(c)
	}
	return c
}

// spoil puts into a context what a hostile or broken program might send. No rule
// asks for it by name, but for the targeting key.
func (g *rules) spoil(c map[string]any) {
	deep := any("bottom")
	for range 40 { // within the 128 levels that Davit takes
		deep = map[string]any{"x": []any{deep}}
	}
	odd := pick[any](g, deep, strings.Repeat("é", 10_000), []any{[]any{nil, true}, map[string]any{}}, -1e308, 5e-324, "\u0000\u2028\U0010ffff", map[string]any{"": map[string]any{"": nil}})
	c[pick(g, "", " ", "a.b", "__proto__", "$ref", "$evaluators", "current", "accumulator", "\u0000", "🙂")] = odd
	switch g.choose(6) {
	case 0:
		c["targetingKey"] = ""
	case 1:
		c["targetingKey"] = strings.Repeat("k", 5000)
	case 2:
		c["targetingKey"] = pick(g, "\u0000", " ", "\U0001f642", "u1\n", "null")
	case 3:
		c["$flagd"] = map[string]any{"flagKey": "another", "timestamp": 1.0} // it cannot be set from outside
	}
}
