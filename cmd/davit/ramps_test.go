package main

import (
	"context"
	"path/filepath"

	"github.com/davit-cd/davit/internal/app"
	"github.com/davit-cd/davit/internal/exposure"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/server"
	"github.com/davit-cd/davit/internal/store"
	"github.com/davit-cd/davit/internal/study"
)

// ramped adds a book of flags, with one that splits its users, to what a
// server is made of. Its ramps are kept, but nothing works on them.
func ramped(o *server.Options, st *store.Store, dir string) error {
	shelf := study.New(filepath.Join(dir, "studies"))
	book := exposure.New(exposure.Ports{
		Keeper: st, Folder: filepath.Join(dir, "till"), Studies: shelf, Now: begin,
		Environments: func(context.Context) (map[string][]string, error) {
			return map[string][]string{"till": {"production"}}, nil
		},
	})
	ctx, stop := context.WithCancel(context.Background())
	if err := book.Start(ctx); err != nil {
		stop()
		return err
	}
	stop()
	book.Wait()
	const text = "flags: {receipt: {kind: experiment, owner: till, purpose: A shorter receipt., variants: {short: short, long: long}, environments: {production: {on: true, off: long, serve: {short: 50, long: 50}}}}}"
	d, err := authoring.Parse("flags.yaml", []byte(text), authoring.Defaults{Project: "till", Now: begin()})
	if err != nil {
		return err
	}
	if _, err := book.Apply(context.Background(), exposure.Application{Document: d, Actor: "davit"}); err != nil {
		return err
	}
	o.Ramps, o.Experiments, o.Events = app.NewRamps(book), app.NewExperiments(book, shelf), app.NewEvents(book)
	return nil
}
