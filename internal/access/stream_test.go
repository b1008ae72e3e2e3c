package access_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/access"
)

func TestStreamToken(t *testing.T) {
	key, hash := []byte("the server's secret"), access.HashToken("dvt_x")
	noon := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	s := access.NewStreamToken(key, hash, "shop/production", noon.Add(59*time.Minute))
	if s != access.NewStreamToken(key, hash, "shop/production", noon) {
		t.Error("the address changes within a window")
	}
	if strings.Trim(s, "dvs_ABCEFGHIJKLMNOPQRTUWXYZabcefghijklmnopqrtuwxyzDSV0123456789-") != "" {
		t.Error("not fit for an address:", s)
	}
	for _, at := range []time.Duration{0, time.Hour, 2*time.Hour - time.Second} {
		if h, set, err := access.ReadStreamToken(key, s, noon.Add(at)); h != hash || set != "shop/production" || err != nil {
			t.Error(at, h, set, err)
		}
	}
	for name, err := range map[string]error{
		"over":        second(access.ReadStreamToken(key, s, noon.Add(2*time.Hour))),
		"other key":   second(access.ReadStreamToken([]byte("another"), s, noon)),
		"no key":      second(access.ReadStreamToken(nil, s, noon)),
		"empty":       second(access.ReadStreamToken(key, "", noon)),
		"a token":     second(access.ReadStreamToken(key, "dvt_x", noon)),
		"cut":         second(access.ReadStreamToken(key, s[:len(s)-4], noon)),
		"not a token": second(access.ReadStreamToken(key, "dvs_!!", noon)),
	} {
		if davit.KindOf(err) != davit.Unauthorized {
			t.Error(name, err)
		}
	}
	if access.NewStreamToken(key, "not a hash", "a/b", noon) != "" {
		t.Error("made for nobody")
	}
}

func second(_, _ string, err error) error { return err }

// TestStreamTokenIsSealed holds that no other text than the one made is taken.
func TestStreamTokenIsSealed(t *testing.T) {
	key, now := []byte("k"), time.Unix(1_700_000_000, 0)
	s := []byte(access.NewStreamToken(key, access.HashToken("a"), "shop/production", now))
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	rapid.Check(t, func(t *rapid.T) {
		// The last digit has spare bits, so leave it.
		at := rapid.IntRange(4, len(s)-2).Draw(t, "at")
		changed := []byte(string(s))
		changed[at] = digits[rapid.IntRange(0, 63).Draw(t, "digit")]
		if _, _, err := access.ReadStreamToken(key, string(changed), now); (err == nil) != (string(changed) == string(s)) {
			t.Fatal(string(changed), err)
		}
	})
}
