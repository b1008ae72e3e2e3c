package spec_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/davit-cd/davit/internal/spec"
)

// TestPages holds that the generated pages are those in docs.
func TestPages(t *testing.T) {
	for file, want := range map[string][]byte{
		"davit-yaml.md":     spec.Reference(known()),
		"davit.schema.json": spec.Schema(known()),
	} {
		file = filepath.Join("../../docs/reference", file)
		if *update {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the tables say (%v); go test ./internal/spec -update rewrites it", file, err)
		}
	}
}

// TestDefaultsAreDocumented holds that whatever is assumed can be read on the
// page, and that examples fit.
func TestExamplesOfKeys(t *testing.T) {
	page := string(spec.Reference(known()))
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` .* Example: `([^`]+)`").FindAllStringSubmatch(page, -1) {
		var v any
		if err := yaml.Unmarshal([]byte(m[1]+": "+m[2]), &v); err != nil {
			t.Errorf("example of %s: %v", m[1], err)
		}
	}
}

// TestSchemaAgrees holds the schema against Parse: what Parse accepts is
// valid, and most of what Parse refuses is not.
func TestSchemaAgrees(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(spec.Schema(known()), &schema); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob("testdata/parse/*.txt")
	refused, caught := 0, 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		input, want, _ := strings.Cut(string(data), "\n----\n")
		var v any
		if err := yaml.Unmarshal([]byte(input), &v); err != nil || strings.Contains(input, "1e-4") { // which that library takes for text
			continue
		}
		wrong := invalid(schema, schema, v)
		if strings.HasPrefix(want, "error:") {
			refused++
			if wrong != "" {
				caught++
			}
		} else if wrong != "" {
			t.Errorf("%s: Parse accepts it, the schema does not: %s", file, wrong)
		}
	}
	if caught*2 < refused { // the rest shows only when several keys are seen together
		t.Errorf("the schema finds %d of %d mistakes", caught, refused)
	}
	t.Logf("the schema finds %d of %d mistakes", caught, refused)
}

// invalid is as much of JSON Schema as the schema uses; it returns what is
// wrong.
func invalid(root, s map[string]any, v any) string {
	if ref, ok := s["$ref"].(string); ok {
		s = root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	if n, ok := number(v); ok {
		v = n
		if m, ok := s["minimum"].(float64); ok && n < m {
			return "too small"
		}
		if m, ok := s["maximum"].(float64); ok && n > m {
			return "too large"
		}
	}
	if choice, ok := s["anyOf"].([]any); ok {
		var all []string
		for _, f := range choice {
			w := invalid(root, f.(map[string]any), v)
			if w == "" {
				return ""
			}
			all = append(all, w)
		}
		return fmt.Sprintf("%v: none of (%s)", v, strings.Join(all, "; "))
	}
	if w := invalidScalar(s, v); w != "" {
		return w
	}
	if list, ok := v.([]any); ok && s["items"] != nil {
		for _, i := range list {
			if w := invalid(root, s["items"].(map[string]any), i); w != "" {
				return w
			}
		}
		if m, ok := s["minItems"].(float64); ok && float64(len(list)) < m {
			return "too few"
		}
	}
	if m, ok := v.(map[string]any); ok {
		return invalidMap(root, s, m)
	}
	return ""
}

func invalidScalar(s map[string]any, v any) string {
	types, _ := s["type"].([]any)
	if one, ok := s["type"].(string); ok {
		types = []any{one}
	}
	fits := len(types) == 0
	for _, t := range types {
		fits = fits || t == kindOf(v) || t == "number" && kindOf(v) == "integer"
	}
	if !fits {
		return fmt.Sprintf("%v is %s, not %v", v, kindOf(v), types)
	}
	if c, ok := s["const"]; ok && !reflect.DeepEqual(c, v) {
		return "not the constant"
	}
	if enum, ok := s["enum"].([]any); ok {
		found := false
		for _, e := range enum {
			found = found || reflect.DeepEqual(e, v)
		}
		if !found {
			return fmt.Sprintf("%v not in %v", v, enum)
		}
	}
	if text, ok := v.(string); ok && s["pattern"] != nil && !regexp.MustCompile(s["pattern"].(string)).MatchString(text) {
		return fmt.Sprintf("%q is not like %s", text, s["pattern"])
	}
	return ""
}

func invalidMap(root, s, m map[string]any) string {
	properties, _ := s["properties"].(map[string]any)
	for k, v := range m {
		if names, ok := s["propertyNames"].(map[string]any); ok {
			if w := invalidScalar(names, k); w != "" {
				return w
			}
		}
		p, ok := properties[k].(map[string]any)
		if !ok {
			if p, ok = s["additionalProperties"].(map[string]any); !ok {
				if s["additionalProperties"] == false {
					return "unknown " + k
				}
				continue
			}
		}
		if w := invalid(root, p, v); w != "" {
			return k + ": " + w
		}
	}
	if !has(s, m) {
		return "missing"
	}
	if n, ok := s["not"].(map[string]any); ok && has(n, m) {
		return "exclude each other"
	}
	if one, ok := s["oneOf"].([]any); ok {
		n := 0
		for _, o := range one {
			if has(o.(map[string]any), m) {
				n++
			}
		}
		if n != 1 {
			return fmt.Sprintf("%d of one", n)
		}
	}
	if least, ok := s["minProperties"].(float64); ok && float64(len(m)) < least {
		return "empty"
	}
	return ""
}

func has(s, m map[string]any) bool {
	required, _ := s["required"].([]any)
	for _, r := range required {
		if _, ok := m[r.(string)]; !ok {
			return false
		}
	}
	return true
}

func number(v any) (float64, bool) {
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Int, reflect.Int64:
		return float64(r.Int()), true
	case reflect.Uint64, reflect.Uint:
		return float64(r.Uint()), true
	case reflect.Float64:
		return r.Float(), true
	}
	return 0, false
}

func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
	}
	return "number"
}
