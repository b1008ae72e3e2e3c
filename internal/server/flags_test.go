package server_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/server"
)

// noFlags is a Book with one flag, "a/b c" of the project shop.
type noFlags struct{}

func (noFlags) flag(key string) error {
	if key == "a/b c" {
		return nil
	}
	return &davit.Error{Kind: davit.NotFound, Text: "there is no flag " + key}
}

func (noFlags) ListFlags(_ context.Context, q server.FlagQuery) ([]api.Flag, error) {
	all := []api.Flag{{Project: "shop", Key: "a", Variants: []string{}, Environments: []api.FlagEnvironment{}}, {Project: "shop", Key: "b", Variants: []string{}, Environments: []api.FlagEnvironment{}}}
	if q.After == "shop/a" {
		all = all[1:]
	}
	return all[:min(len(all), q.Limit)], nil
}

func (n noFlags) Flag(_ context.Context, _, key string) (api.FlagDetail, error) {
	return api.FlagDetail{Flag: api.Flag{Key: key}, Document: []byte("{}")}, n.flag(key)
}

func (n noFlags) FlagHistory(_ context.Context, _, key string, _ int64, _ int) ([]api.FlagRevision, error) {
	return nil, n.flag(key)
}

func (n noFlags) ExplainFlag(_ context.Context, _, key string, q server.FlagQuestion) (api.FlagExplained, error) {
	user, _ := q.Context["targetingKey"].(string)
	return api.FlagExplained{Flag: key, Environment: q.Environment, Text: user}, n.flag(key)
}

func (noFlags) ExportFlags(_ context.Context, project string) (api.FlagDocument, error) {
	return api.FlagDocument{Project: project}, nil
}

func (n noFlags) CreateFlag(_ context.Context, actor string, f api.CreateFlag) (api.FlagEdited, error) {
	return api.FlagEdited{Text: actor + " " + f.Key}, nil
}

func (n noFlags) EditFlag(_ context.Context, _, _, key string, _ api.EditFlag) (api.FlagEdited, error) {
	return api.FlagEdited{}, n.flag(key)
}
func (n noFlags) RemoveFlag(_ context.Context, _, _, key, _ string) error { return n.flag(key) }

func (n noFlags) ServeFlag(_ context.Context, _, _, key string, _ api.ServeFlag) (api.FlagEdited, error) {
	return api.FlagEdited{}, n.flag(key)
}

func (noFlags) ApplyFlags(context.Context, string, string, api.ApplyFlags) (api.FlagsApplied, error) {
	return api.FlagsApplied{}, nil
}

func (n noFlags) TurnFlag(_ context.Context, actor, _, key string, on bool, f api.TurnFlag) (api.FlagEdited, error) {
	return api.FlagEdited{Text: actor + " " + key + " " + f.Environment, Changed: on}, n.flag(key)
}

func (n noFlags) KillFlag(_ context.Context, _, _, key string, _ api.TurnFlag) (api.FlagEdited, error) {
	return api.FlagEdited{}, n.flag(key)
}

func (n noFlags) UnscheduleFlag(_ context.Context, _, _, key string, _ api.TurnFlag) (api.FlagEdited, error) {
	return api.FlagEdited{}, n.flag(key)
}

func (n noFlags) UndoFlag(_ context.Context, _, _, key string, _ api.UndoFlag) (api.FlagEdited, error) {
	return api.FlagEdited{}, n.flag(key)
}

func (n noFlags) ApproveFlag(_ context.Context, _, _, key string, _ api.ApproveFlag) (api.FlagEdited, error) {
	return api.FlagEdited{}, n.flag(key)
}

func (noFlags) ListSegments(context.Context, string) ([]api.Segment, error) { return nil, nil }

func (noFlags) PutSegment(context.Context, string, string, string, api.PutSegment) error { return nil }

func (noFlags) RemoveSegment(context.Context, string, string, string, string) error { return nil }

// TestFlags holds that a key with a slash and a space finds its flag, that lists
// go on where they ended, and what is refused before anybody is asked.
func TestFlags(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		method, path, body string
		status             int
		has                string
	}{
		{"POST", "/flags/shop/a%2Fb%20c/on", `{"environment":"production"}`, 200, `"the-deployer a/b c production","changed":true`},
		{"POST", "/flags/shop/a%2Fb%20c/off", `{}`, 200, `"changed":false`},
		{"GET", "/flags/shop/a%2Fb%20c", "", 200, `"key":"a/b c"`},
		{"GET", "/flags/shop/nosuch", "", 404, "there is no flag nosuch"},
		{"GET", "/flags?limit=1", "", 200, `"next":"shop/a"`},
		{"GET", "/flags?limit=1&after=shop/a", "", 200, `"key":"b"`},
		{"GET", "/flags?kind=relase", "", 422, "query.kind"},
		{"GET", "/flags/shop/a%2Fb%20c/explain?environment=production&context=%7B%22targetingKey%22%3A%22user-1%22%7D", "", 200, `"text":"user-1"`},
		{"GET", "/flags/shop/a%2Fb%20c/explain?environment=production&context=%5B%5D", "", 422, "not a JSON object"},
		{"GET", "/flags/shop/a%2Fb%20c/explain", "", 422, "query.environment"},
		{"POST", "/flags", `{"project":"Shop!","key":"a","document":""}`, 422, "body.project"},
		{"POST", "/flags", `{"project":"shop","key":"","document":""}`, 422, "body.key"},
	} {
		status, body, _ := w.ask(davit.Deployer, c.method, api.Base+c.path, c.body)
		if status != c.status || !strings.Contains(body, c.has) {
			t.Errorf("%s %s: %d %s, want %d with %s", c.method, c.path, status, body, c.status, c.has)
		}
	}
	if status, _, _ := w.ask(davit.Viewer, http.MethodPost, api.Base+"/flags/shop/a%2Fb%20c/kill", `{}`); status != http.StatusForbidden {
		t.Errorf("a viewer may kill a flag: %d", status)
	}
}
