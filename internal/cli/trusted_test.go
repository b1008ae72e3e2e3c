package cli

import (
	"fmt"
	"strings"
	"testing"
)

func TestPrefixes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"10.0.0.0/8": "[10.0.0.0/8]", "192.0.2.7": "[192.0.2.7/32]", "2001:db8::1": "[2001:db8::1/128]", "fd00::/8": "[fd00::/8]",
		"10.0.0.1/8": "begins at 10.0.0.0/8", "lb.example.com": "want an address", "": "want an address", "fe80::1%eth0": "want an address",
	} {
		got, err := prefixes([]string{text})
		if err != nil && !strings.Contains(err.Error(), want) || err == nil && fmt.Sprint(got) != want {
			t.Errorf("%q: %v %v, want %s", text, got, err, want)
		}
	}
}
