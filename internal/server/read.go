package server

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

// The kinds of records, as the engine keeps them.
const (
	kindService    = "service"
	kindRun        = "run"
	kindRelease    = "release"
	kindRollout    = "rollout"
	kindLane       = "lane"
	kindQuarantine = "quarantine"
	kindFlag       = "flag"
)

// Paging is the part of a query that every list has.
type Paging struct {
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Things on a page"`
	After string `query:"after" maxLength:"512" doc:"Cursor: next of the page before"`
}

func (p Paging) limit() int {
	if p.Limit <= 0 {
		return api.DefaultLimit
	}
	return min(p.Limit, api.MaxLimit)
}

// thing reads one record's body.
func thing[T any](ctx context.Context, s *Server, kind, id string) (T, davit.Record, error) {
	var v T
	r, err := s.options.Records.Record(ctx, kind, id)
	if err != nil {
		if davit.KindOf(err) == davit.NotFound {
			return v, r, &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("there is no %s %q", kind, id), Hint: findHint(kind)}
		}
		return v, r, err
	}
	if err := json.Unmarshal(r.Body, &v); err != nil {
		return v, r, fmt.Errorf("read %s %s: %w", kind, id, err)
	}
	return v, r, nil
}

// findHint says how to find the things there are.
func findHint(kind string) string {
	switch kind {
	case kindService:
		return "davit status lists the services"
	case kindRun, kindRelease, kindRollout:
		return "davit " + kind + "s lists them"
	case kindLane:
		return "davit status lists the services and their environments"
	case kindQuarantine:
		return "davit quarantine without arguments lists them"
	}
	return ""
}

// things reads one page of records, each turned into what the caller sees.
func things[T, V any](ctx context.Context, s *Server, q davit.Query, view func(context.Context, T, davit.Record) (V, error)) (api.Page[V], error) {
	page := api.Page[V]{Items: []V{}}
	records, next, err := s.options.Records.Records(ctx, q)
	if err != nil {
		return page, err
	}
	page.Next = next
	for _, r := range records {
		var body T
		if err := json.Unmarshal(r.Body, &body); err != nil {
			return page, fmt.Errorf("read %s %s: %w", r.Kind, r.ID, err)
		}
		v, err := view(ctx, body, r)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, v)
	}
	return page, nil
}

// absent says that this server was built without something.
func absent(what string) error {
	return &davit.Error{Kind: davit.Unavailable, Text: what + " is not there on this server"}
}
