package conformance

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// installed says whether the packages that js/package-lock.json names are there,
// fetching them if they are not.
var installed = sync.OnceValue(func() string {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return "there is no " + program + " on this machine"
		}
	}
	there := true
	for _, path := range []string{".package-lock.json", "@unleash/client-specification", "@flipt-io/flipt-client-js"} {
		_, err := os.Stat(filepath.Join("js", "node_modules", path))
		there = there && err == nil
	}
	if there {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	npm.Dir = "js"
	if out, err := npm.CombinedOutput(); err != nil {
		return "npm cannot fetch the packages: " + err.Error() + ": " + string(out)
	}
	return ""
})

// heard is what a client in JavaScript was told.
type heard struct {
	Key      string         `json:"key"`
	Value    any            `json:"value"`
	Variant  string         `json:"variant"`
	Reason   string         `json:"reason"`
	Code     string         `json:"code"`
	Metadata map[string]any `json:"metadata"`
}

// TestJavaScript holds that OpenFeature's JavaScript providers, unchanged, are
// told the same by every protocol, and follow changes by themselves.
func TestJavaScript(t *testing.T) {
	if why := installed(); why != "" {
		t.Skip("NOT TESTED: " + why)
	}
	object := map[string]any{"a": []any{1.0, "b"}, "c": map[string]any{"d": true}}
	for name, differs := range map[string]map[string]heard{
		// The provider for servers takes an answer without a value for a fault; the
		// program's default counts all the same.
		"ofrep":            {"disabled": {Reason: "ERROR", Code: "GENERAL"}, "code": {Reason: "ERROR", Code: "GENERAL"}},
		"ofrep-web":        {},
		"flagd-rpc":        {},
		"flagd-in-process": {},
		// It asks for all flags by evaluation.v1, which cannot say "use the
		// program's default": such flags are not in the answer.
		"flagd-web": {"disabled": {Reason: "ERROR", Code: "FLAG_NOT_FOUND"}, "code": {Reason: "ERROR", Code: "FLAG_NOT_FOUND"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, clientFlags)
			if name == "flagd-rpc" {
				// It asks for events without its selector, so it cannot show a token
				// there: it is for the ports where nobody needs one.
				s.URL, s.Token = s.Open, ""
			}
			got := javaScript(t, s, name)
			for i, want := range []heard{
				{Key: "on", Value: true, Variant: "yes", Reason: "STATIC"},
				{Key: "off", Value: false, Variant: "no", Reason: "STATIC"},
				{Key: "text", Value: "hello", Variant: "greeting", Reason: "STATIC"},
				{Key: "empty", Value: "", Variant: "empty", Reason: "STATIC"},
				{Key: "float", Value: 0.5, Variant: "half", Reason: "STATIC"},
				{Key: "int", Value: 10.0, Variant: "ten", Reason: "STATIC"},
				{Key: "zero", Value: 0.0, Variant: "zero", Reason: "STATIC"},
				{Key: "object", Value: object, Variant: "o", Reason: "STATIC"},
				{Key: "rule", Value: "INTERNAL", Variant: "in", Reason: "TARGETING_MATCH"},
				{Key: "split", Value: "B", Variant: "b", Reason: "TARGETING_MATCH"},
				{Key: "disabled", Value: true, Reason: "DISABLED"},
				{Key: "code", Value: true, Reason: "DEFAULT"},
				{Key: "a/b", Value: "/", Variant: "slash", Reason: "STATIC"},
				{Key: "nowhere", Value: "x", Reason: "ERROR", Code: "FLAG_NOT_FOUND"},
				{Key: "rule", Value: true, Reason: "ERROR", Code: "TYPE_MISMATCH"},
			} {
				if d, ok := differs[want.Key]; ok {
					want.Variant, want.Reason, want.Code = d.Variant, d.Reason, d.Code
				}
				is := got[i]
				if want.Code == "" && want.Value != nil && want.Key == "on" && name != "flagd-web" && is.Metadata["owner"] != "ann" {
					t.Errorf("%s: metadata %v", want.Key, is.Metadata)
				}
				is.Metadata = nil
				if want.Code == "TYPE_MISMATCH" {
					is.Variant = ""
				}
				if !reflect.DeepEqual(is, want) {
					t.Errorf("%s: %+v, want %+v", want.Key, is, want)
				}
			}
			if again := got[len(got)-2]; name == "flagd-rpc" && again.Reason != "CACHED" {
				t.Error("a second read of a static flag is not from the cache:", again)
			}
			if last := got[len(got)-1]; last.Key != "changed" || last.Value != "good evening" {
				t.Error("the change did not come:", last)
			}
		})
	}
}

// javaScript runs the script and returns what it printed.
func javaScript(t *testing.T, s *serving, name string) []heard {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	node := exec.CommandContext(ctx, "node", "clients.mjs", name, s.URL, s.Token, s.Control)
	node.Dir = "js"
	node.Stdin = strings.NewReader(strings.ReplaceAll(clientFlags, "hello", "good evening"))
	var out, failed bytes.Buffer
	node.Stdout, node.Stderr = &out, &failed
	if err := node.Run(); err != nil {
		t.Fatalf("%v: %s%s", err, out.String(), failed.String())
	}
	var list []heard
	for lines := bufio.NewScanner(&out); lines.Scan(); {
		var h heard
		if err := json.Unmarshal(lines.Bytes(), &h); err != nil {
			continue // a provider's own log
		}
		list = append(list, h)
	}
	const lines = 17
	if len(list) != lines {
		t.Fatalf("%d answers, want %d: %s", len(list), lines, failed.String())
	}
	return list
}
