package server_test

import (
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/server"
)

var update = flag.Bool("update", false, "rewrite the generated references")

// TestOpenAPI holds that the OpenAPI document describes exactly the routes of
// the table, with their parameters, and that the committed copy is the same.
func TestOpenAPI(t *testing.T) {
	s := server.New(server.Options{Version: api.Version{Version: "1"}})
	raw, err := s.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Parameters  []struct {
				Name, In string
			} `json:"parameters"`
			Responses map[string]any `json:"responses"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("openapi %s", doc.OpenAPI)
	}
	n := 0
	for _, methods := range doc.Paths {
		n += len(methods)
	}
	if n != len(api.Routes()) {
		t.Errorf("%d operations, %d routes", n, len(api.Routes()))
	}
	hole := regexp.MustCompile(`\{(\w+)\}`)
	for _, r := range api.Routes() {
		op, ok := doc.Paths[r.Path][strings.ToLower(r.Method)]
		if !ok || op.OperationID != r.ID {
			t.Errorf("%s is not in the document", r.ID)
			continue
		}
		in := []string{}
		for _, p := range op.Parameters {
			in = append(in, p.In+" "+p.Name)
		}
		for _, m := range hole.FindAllStringSubmatch(r.Path, -1) {
			if !slices.Contains(in, "path "+m[1]) {
				t.Errorf("%s: no parameter for {%s}", r.ID, m[1])
			}
		}
		if strings.HasPrefix(r.ID, "list-") && !slices.Contains([]string{"list-instances", "list-verdicts", "list-secrets", "list-tokens", "list-channels", "list-segments"}, r.ID) && !slices.Contains(in, "query limit") {
			t.Errorf("%s is not paged", r.ID)
		}
		if r.Write() && !slices.Contains(in, "header Idempotency-Key") {
			t.Errorf("%s does not tell of its idempotency key", r.ID)
		}
		if op.Responses["default"] == nil {
			t.Errorf("%s does not tell of problems", r.ID)
		}
	}
	same(t, "../../docs/reference/openapi.json", raw)
	same(t, "../../docs/reference/api.md", api.Reference())
}

// same compares a committed file with what is generated now.
func same(t *testing.T, path string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != string(want) {
		t.Errorf("%s is out of date: go test ./internal/server -run TestOpenAPI -update", path)
	}
}
