package app

import (
	"reflect"
	"strings"
	"testing"
)

func TestFacts(t *testing.T) {
	f, err := readFacts([]string{"region=eu", "tier=a=b,c", "shop/production:region=us", "empty="})
	if err != nil {
		t.Fatal(err)
	}
	for set, want := range map[string]map[string]any{
		"shop/production": {"region": "us", "tier": "a=b,c", "empty": ""},
		"shop/staging":    {"region": "eu", "tier": "a=b,c", "empty": ""},
	} {
		if got := f.of(set); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", set, got, want)
		}
	}
	if none, err := readFacts(nil); err != nil || len(none.of("shop/production")) != 0 {
		t.Error(none, err)
	}
	for item, want := range map[string]string{
		"region": "it has no =", "=x": "has no name", "targetingKey=u": "says who asks", "$flagd.flagKey=x": "evaluator's own", "Shop Floor:a=b": "",
	} {
		if _, err := readFacts([]string{item}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", item, err, want)
		}
	}
}
