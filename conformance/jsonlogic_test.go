package conformance

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	_ "github.com/diegoholiveira/jsonlogic/v3" // its tests are the suite

	"github.com/davit-cd/davit/internal/flag"
)

// TestJSONLogic runs JSONLogic's reference cases, which its Go library carries.
func TestJSONLogic(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/diegoholiveira/jsonlogic/v3").Output()
	if err != nil {
		t.Skip("NOT TESTED: the Go library of JSONLogic is not here:", err)
	}
	var cases []json.RawMessage
	if err := json.Unmarshal(read(t, filepath.Join(strings.TrimSpace(string(out)), "internal", "json_logic_pr_48_tests.json")), &cases); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, c := range cases {
		var parts []json.RawMessage
		if json.Unmarshal(c, &parts) != nil {
			continue // a heading
		}
		ran++
		rule, _, err := flag.ParseRule(parts[0], flag.ParseOptions{Lenient: true})
		if err != nil {
			t.Errorf("%s: %v", c, err)
			continue
		}
		got, err := rule.Apply(parts[1], now)
		if err != nil {
			t.Errorf("%s: %v", c, err)
			continue
		}
		var a, b any
		if json.Unmarshal(got, &a) != nil || json.Unmarshal(parts[2], &b) != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("%s over %s = %s, want %s", parts[0], parts[1], got, parts[2])
		}
	}
	if t.Logf("ran %d cases", ran); ran < 270 {
		t.Errorf("only %d cases", ran)
	}
}
