package app

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/engine"
)

// environments returns the environments of every service, which are those its
// flags have.
func (a *App) environments(ctx context.Context) (map[string][]string, error) {
	out := map[string][]string{}
	q := davit.Query{Kind: engine.KindService, Limit: 500}
	for {
		page, next, err := a.store.Records(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, rec := range page {
			var s engine.Service
			if err := json.Unmarshal(rec.Body, &s); err != nil {
				return nil, fmt.Errorf("read service %s: %w", rec.ID, err)
			}
			for _, env := range s.Spec.Environments {
				out[s.Name] = append(out[s.Name], env.Name)
			}
		}
		if next == "" {
			return out, nil
		}
		q.Before = next
	}
}
