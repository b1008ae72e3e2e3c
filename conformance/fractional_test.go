package conformance

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/twmb/murmur3"

	"github.com/davit-cd/davit/internal/flag"
)

// FuzzFractional3 holds that fractional's version 3, which flagd's Go evaluator
// does not have yet, puts keys of every kind into the bucket that its
// specification says, worked out with others' CBOR and murmur3:
// murmur3(deterministic CBOR of the key) · Σweights >> 32.
func FuzzFractional3(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		seed := make([]byte, 80)
		for i := range seed {
			seed[i] = byte(r.Uint32())
		}
		f.Add(seed)
	}
	encode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		g := &rules{in: input}
		var shares []any
		var weights []uint64
		total := uint64(0)
		for i := range 2 + g.choose(5) {
			w := uint64(1 + g.choose(256)*pick(g, 1, 40, 100_000))
			shares, weights, total = append(shares, []any{fmt.Sprint("v", i), w}), append(weights, w), total+w
		}
		args, _ := json.Marshal(append([]any{attr("key")}, shares...))
		doc := `{"flags":{"f":{"state":"ENABLED","variants":{"v0":0,"v1":1,"v2":2,"v3":3,"v4":4,"v5":5,"v6":6},"targeting":{"fractional":` + string(args) + `}}}}`
		set, _, err := flag.Parse([]byte(doc), flag.ParseOptions{Hash: 3})
		if err != nil {
			t.Fatal(err)
		}
		for range 8 {
			key := g.key(3)
			body, err := json.Marshal(map[string]any{"key": key})
			if err != nil {
				t.Fatal(err)
			}
			c, err := flag.ParseContext(body)
			if err != nil {
				t.Fatal(err)
			}
			got := set.Evaluate("f", c, now)
			c.Release()
			text, err := encode.Marshal(whole(key))
			if err != nil {
				t.Fatal(err)
			}
			bucket, below, want := uint64(murmur3.Sum32(text))*total>>32, uint64(0), ""
			for i, w := range weights {
				if below += w; bucket < below {
					want = fmt.Sprint("v", i)
					break
				}
			}
			if got.Variant != want {
				t.Errorf("%s over %s: %q, want %q (%s)", args, body, got.Variant, want, got.Detail)
			}
		}
	})
}

// key is a value that a user may be put into a bucket by.
func (g *rules) key(depth int) any {
	switch n := g.choose(8); {
	case n < 2:
		return strings.Repeat(pick(g, "u", "é", "🙂", "\x00", " "), 1+g.choose(40)) + fmt.Sprint(g.choose(256))
	case n == 2:
		return float64(g.choose(256)*pick(g, 1, 256, 65_536, 1<<40)) * pick(g, 1.0, -1.0)
	case n == 3:
		return float64(g.choose(256)) / pick(g, 2.0, 10, 3, 1024)
	case n == 4:
		return pick(g, 1e300, -5e-324, 65504, 0.1, 1<<53, -1<<53, 3.4028234663852886e38, 6.103515625e-05)
	case n == 5:
		return g.choose(2) == 0
	case depth == 0:
		return "deep"
	}
	object := map[string]any{"id": g.key(depth - 1)} // a list is taken for a share
	for range g.choose(4) {
		object[strings.Repeat(pick(g, "a", "b", "ü"), g.choose(30))] = g.key(depth - 1)
	}
	return object
}

// whole makes numbers without a fraction integers, as the specification does.
func whole(v any) any {
	switch v := v.(type) {
	case float64:
		switch {
		case v != math.Trunc(v):
		case v >= 0 && v < 1<<64:
			return uint64(v)
		case v < 0 && v >= -1<<63:
			return int64(v)
		}
	case map[string]any:
		out := map[string]any{}
		for name, item := range v {
			out[name] = whole(item)
		}
		return out
	}
	return v
}
