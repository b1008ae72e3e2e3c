package mask_test

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/davit-cd/davit/internal/mask"
)

func TestHidesTheWaysAValueIsPrinted(t *testing.T) {
	const v = `p@ss/wörd "x" & more'`
	m := mask.New(v)
	for name, text := range map[string]string{
		"plain":            v,
		"base64":           base64.StdEncoding.EncodeToString([]byte(v)),
		"base64 raw":       base64.RawStdEncoding.EncodeToString([]byte(v)),
		"base64 url":       base64.URLEncoding.EncodeToString([]byte(v)),
		"query":            url.QueryEscape(v),
		"path":             url.PathEscape(v),
		"lower escapes":    strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(v), "%2F", "%2f"), "%C3%B6", "%c3%b6"),
		"json":             `p@ss/wörd \"x\" & more'`,
		"json html":        `p@ss/wörd \"x\" \u0026 more'`,
		"shell, set -x":    `p@ss/wörd "x" & more'\''`,
		"trailing newline": v + "\n",
	} {
		got := m.String("a " + text + " b")
		if rest := strings.ReplaceAll(strings.ReplaceAll(got, mask.Stars, ""), "=", ""); strings.TrimSpace(rest) == "" || len(rest) > 6 {
			t.Errorf("%s: %q is shown as %q", name, text, got)
		}
	}
	for _, user := range []string{"", "u", "us", "use", "user"} {
		whole := base64.StdEncoding.EncodeToString([]byte(user + ":" + v + "!"))
		if got := m.String(whole); !strings.Contains(got, mask.Stars) || len(got) > len(whole)-len(v) {
			t.Errorf("inside base64 of %s:…: %q", user, got)
		}
	}
}

func TestLeavesTheRest(t *testing.T) {
	m := mask.New("secret-1", "abc", "", " x\n")
	for in, want := range map[string]string{
		"":                            "",
		"nothing here":                "nothing here",
		"abc stays, it is too short":  "abc stays, it is too short",
		"a secret-1 b":                "a *** b",
		"secret-1secret-1":            "***",
		"secret-":                     "secret-",
		"secret-secret-1":             "secret-***",
		"\x00\xff secret-1 \xfe":      "\x00\xff *** \xfe",
		"x y\n":                       "x y\n",
		"many *** stars and secret-1": "many *** stars and ***",
	} {
		if got := m.String(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := (*mask.Mask)(nil).String("x"); got != "x" {
		t.Errorf("nil mask: %q", got)
	}
}

func TestOverlappingValuesAreHiddenTogether(t *testing.T) {
	m := mask.New("abcdef", "defghi", "abcdefgh")
	for in, want := range map[string]string{"-abcdefghi-": "-***-", "abcdefgh": "***", "abcdefg": "***g"} {
		if got := m.String(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestMultiLineValue(t *testing.T) {
	m := mask.New("-----BEGIN KEY-----\nMIIEabcdefghijk\n-----END KEY-----\n")
	if got := m.String("line 1\n  MIIEabcdefghijk\r\nend"); got != "line 1\n  ***\r\nend" {
		t.Errorf("got %q", got)
	}
}

// Properties: however text is cut, the stream shows what String shows; no value
// remains; nothing is held back at a line end that no value contains.
func TestStreamEqualsString(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.StringMatching(`[ab/]{4,7}`), 1, 4).Draw(t, "values")
		parts := rapid.SliceOf(rapid.OneOf(rapid.SampledFrom(values), rapid.StringMatching(`[abc/\n]{0,5}`))).Draw(t, "parts")
		m, text := mask.New(values...), strings.Join(parts, "")
		want := m.String(text)
		for _, v := range values {
			if strings.Contains(want, v) {
				t.Fatalf("%q shows in %q", v, want)
			}
		}
		var out bytes.Buffer
		w := mask.NewWriter(&out, m)
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, min(4, len(rest))).Draw(t, "cut")
			if _, err := w.Write([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			if rest[n-1] == '\n' && strings.Count(out.String(), "\n") != strings.Count(text[:len(text)-len(rest)+n], "\n") {
				t.Fatalf("a line is held back")
			}
			rest = rest[n:]
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Fatalf("stream shows %q, whole %q", out.String(), want)
		}
	})
}

func BenchmarkLine(b *testing.B) {
	m := mask.New("correct-horse-battery-staple", "AKIAIOSFODNN7EXAMPLE", "postgres://u:p@h/db")
	st := m.Stream()
	line := []byte("2026-01-01T00:00:00Z INFO listening on 127.0.0.1:8080, the cart is warm and ready to serve\n")
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		st.Push(line)
	}
}
