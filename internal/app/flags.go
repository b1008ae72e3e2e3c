package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/engine"
	"github.com/davit-cd/davit/internal/exposure"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/record"
	"github.com/davit-cd/davit/internal/source"
	"github.com/davit-cd/davit/internal/spec"
)

// services calls f with every service.
func (a *App) services(ctx context.Context, f func(engine.Service)) error {
	return record.All(ctx, a.store, davit.Query{Kind: engine.KindService}, func(rec davit.Record) error {
		var s engine.Service
		if err := record.Decode(rec, &s); err != nil {
			return err
		}
		f(s)
		return nil
	})
}

// environments returns the environments of every service, which are those its
// flags have.
func (a *App) environments(ctx context.Context) (map[string][]string, error) {
	out := map[string][]string{}
	err := a.services(ctx, func(s engine.Service) {
		for _, env := range s.Spec.Environments {
			out[s.Name] = append(out[s.Name], env.Name)
		}
	})
	return out, err
}

// followFiles makes the flags follow their files as they are at the newest
// commit: an earlier server may have ended between taking a push and reading
// them.
func (a *App) followFiles(ctx context.Context) {
	var all []engine.Service
	if err := a.services(ctx, func(s engine.Service) { all = append(all, s) }); err != nil {
		a.options.Log.WarnContext(ctx, "follow files of flags", "err", err)
		return
	}
	files := flagFiles{a.source, a.flags, a.options.Log}
	for _, s := range all {
		heads, err := a.source.Branches(ctx, s.Repo)
		if err != nil || heads[s.Spec.Branch] == "" {
			continue // nothing was pushed to the branch that counts
		}
		if _, err := files.follow(ctx, "davit", s.Repo, heads[s.Spec.Branch], s.Spec); err != nil && ctx.Err() == nil {
			a.options.Log.WarnContext(ctx, "follow files of flags", "service", s.Name, "err", err)
		}
	}
}

// flagFiles reads the files with flags that repositories have.
type flagFiles struct {
	source *source.Repositories
	book   *exposure.Book
	log    *slog.Logger
}

// check refuses a push whose files of flags are not sound, or would not fit
// with the flags there are. files are those of the push, by path.
func (f flagFiles) check(ctx context.Context, repo, branch string, config []byte, files map[string][]byte) error {
	file, err := spec.Parse(engine.ConfigFile, config, Known())
	if err != nil {
		return &davit.Error{Kind: davit.Invalid, Err: err}
	}
	for _, s := range file.Services {
		doc, err := f.read(s, func(path string) ([]byte, error) {
			if data, ok := files[path]; ok {
				return data, nil
			}
			return nil, &davit.Error{Kind: davit.NotFound, Text: "there is no " + path}
		})
		if err != nil {
			return err
		}
		if doc == nil || branch != s.Branch {
			continue
		}
		origin := &exposure.Origin{Repo: repo, Path: strings.Join(paths(s), ", ")}
		if _, err := f.book.Apply(ctx, exposure.Application{Document: *doc, Actor: "davit", Origin: origin, Dry: true}); err != nil {
			return fmt.Errorf("%s: %w", origin.Path, err)
		}
	}
	return nil
}

func paths(s spec.Service) []string {
	files, _ := s.FlagFiles()
	return files
}

// read reads a service's files of flags as one document; nil if it has none.
// The error names file, line and column.
func (f flagFiles) read(s spec.Service, file func(path string) ([]byte, error)) (*authoring.Document, error) {
	names, must := s.FlagFiles()
	var doc *authoring.Document
	for _, path := range names {
		data, err := file(path)
		if davit.KindOf(err) == davit.NotFound && !must {
			continue
		}
		if davit.KindOf(err) == davit.NotFound {
			return nil, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("%s names %s under flags, which is not in the commit", engine.ConfigFile, path), Hint: "add the file, or take the name out"}
		}
		if err != nil {
			return nil, err
		}
		part, err := authoring.Parse(path, data, authoring.Defaults{Project: s.Name, Now: time.Now(), Created: func(key string) time.Time {
			k, err := f.book.Flag(s.Name, key)
			if err != nil {
				return time.Time{}
			}
			return k.Flag.Created
		}})
		if err != nil {
			return nil, &davit.Error{Kind: davit.Invalid, Err: err}
		}
		if doc == nil {
			doc = &authoring.Document{Project: s.Name}
		}
		doc.Flags = append(doc.Flags, part.Flags...)
		doc.Segments = append(doc.Segments, part.Segments...)
		doc.Groups = append(doc.Groups, part.Groups...)
	}
	return doc, nil
}

// follow makes the flags of a service follow its files at a commit.
func (f flagFiles) follow(ctx context.Context, actor, repo, commit string, s spec.Service) (*exposure.Applied, error) {
	doc, err := f.read(s, func(path string) ([]byte, error) { return repositories{f.source}.File(ctx, repo, commit, path) })
	if err != nil || doc == nil {
		return nil, err
	}
	origin := &exposure.Origin{Repo: repo, Path: strings.Join(paths(s), ", "), Commit: commit}
	applied, err := f.book.Apply(ctx, exposure.Application{Document: *doc, Actor: actor, Origin: origin})
	return &applied, err
}

// pushed takes up what a push says about flags and returns what the pusher
// should be told. What cannot be taken up leaves the flags as they are.
func (f flagFiles) pushed(ctx context.Context, e *engine.Engine, actor, repo, branch, commit string) []string {
	file, err := e.ConfigAt(ctx, repo, commit)
	if err != nil {
		return nil
	}
	if err := f.book.Refresh(ctx); err != nil {
		f.log.WarnContext(ctx, "take up environments for flags", "err", err)
	}
	var told []string
	for _, s := range file.Services {
		if s.Branch != branch {
			continue
		}
		applied, err := f.follow(ctx, actor, repo, commit, s)
		switch {
		case err != nil:
			told = append(told, s.Name+": the flags stay as they were: "+err.Error())
		case applied != nil:
			told = append(told, s.Name+": "+applied.Summary())
			for _, key := range applied.Gone {
				told = append(told, fmt.Sprintf("%s: the flag %s is no longer in the file; it stays until davit flags remove %s", s.Name, key, key))
			}
		}
		for _, k := range f.book.Look(s.Name).Flags {
			if k.Flag.Overdue(time.Now()) {
				told = append(told, fmt.Sprintf("%s: the flag %s (%s) should have gone by %s", s.Name, k.Flag.Key, k.Flag.Owner, k.Flag.Expires.Format(time.DateOnly)))
			}
		}
	}
	return told
}
