package app

import (
	"context"
	"fmt"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/router"
)

// traffic lets the engine steer the router.
type traffic struct{ *router.Client }

// Routes returns the routes in effect.
func (t traffic) Routes(ctx context.Context) ([]davit.Route, error) {
	states, err := t.Client.Routes(ctx)
	var routes []davit.Route
	for _, s := range states {
		routes = append(routes, s.Route)
	}
	return routes, err
}

// Drain waits until nothing is under way on a release and says what came of it.
func (t traffic) Drain(ctx context.Context, service, environment, release string, within time.Duration) (string, error) {
	d, err := t.Client.Drain(ctx, service, environment, release, within)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d requests finished, %d cut, %d tunnels left, %d ms", d.Finished, d.Cancelled, d.Tunnels, d.Took.Milliseconds()), nil
}
