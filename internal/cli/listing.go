package cli

import (
	"context"
	"maps"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

// pageFlags are the flags of commands that list: how many, and from where.
type pageFlags struct {
	limit int
	after string
}

// add adds them; limit is how many are listed unless it is said.
func (f *pageFlags) add(cmd *cobra.Command, limit int) {
	cmd.Flags().IntVar(&f.limit, "limit", limit, "how many, at most 500")
	cmd.Flags().StringVar(&f.after, "after", "", "cursor: continue behind the page before")
}

func (f *pageFlags) params() (api.Params, error) {
	if f.limit < 1 || f.limit > api.MaxLimit {
		return nil, misused("--limit %d: want a number from 1 to %d", f.limit, api.MaxLimit)
	}
	return api.Params{"limit": strconv.Itoa(f.limit), "after": f.after}, nil
}

// more tells how to go on behind a page.
func (a *line) more(next string) {
	if next != "" {
		a.say("%s", a.paint(grey, "more: --after "+next))
	}
}

// listing is a route that lists, and how what it lists is printed.
type listing[T any] struct {
	route string
	empty string   // what is said where there is nothing
	head  []string // of the columns
	row   func(T) []string
}

// print asks for a page of what the parameters select and prints it.
func (l listing[T]) print(ctx context.Context, a *line, f pageFlags, selected api.Params) error {
	params, err := f.params()
	if err != nil {
		return err
	}
	maps.Copy(params, selected)
	c, err := a.client()
	if err != nil {
		return err
	}
	page, err := api.Get[api.Page[T]](ctx, c, l.route, params)
	if err != nil {
		return err
	}
	return a.answer(page, func() {
		if len(page.Items) == 0 {
			a.say("%s", l.empty)
			return
		}
		rows := [][]string{l.head}
		for _, item := range page.Items {
			rows = append(rows, l.row(item))
		}
		a.table(rows)
		a.more(page.Next)
	})
}

// show asks a route for one thing and prints it.
func show[T any](ctx context.Context, a *line, route string, params api.Params, text func(T)) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	v, err := api.Get[T](ctx, c, route, params)
	if err != nil {
		return err
	}
	return a.answer(v, func() { text(v) })
}
