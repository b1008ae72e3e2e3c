package server

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/rollout"
)

const (
	searchLately = 500 // newest runs and releases that are looked into, not only at
	searchEach   = 6   // things found of each kind
)

// search finds things by what people remember of them.
func (s *Server) search(ctx context.Context, in *struct {
	Text string `query:"q" required:"true" minLength:"1" maxLength:"200" doc:"Part of a name, id or subject; the beginning of a commit or digest"`
},
) (*answer[api.Page[api.Found]], error) {
	text := strings.ToLower(strings.TrimSpace(in.Text))
	page := api.Page[api.Found]{Items: []api.Found{}}
	if text == "" {
		return &answer[api.Page[api.Found]]{page}, nil
	}
	for _, find := range []func(context.Context, string) ([]api.Found, error){s.findServices, s.findRuns, s.findReleases, s.findRollouts, s.findFlags, s.findExperiments, s.findPeople} {
		found, err := find(ctx, text)
		if err != nil {
			return nil, err
		}
		page.Items = append(page.Items, found...)
	}
	return &answer[api.Page[api.Found]]{page}, nil
}

// findServices puts the names first that begin with the text.
func (s *Server) findServices(ctx context.Context, text string) ([]api.Found, error) {
	page, err := things(ctx, s, davit.Query{Kind: kindService, Match: text, Limit: 50}, func(_ context.Context, k keptService, r davit.Record) (api.Found, error) {
		return api.Found{Kind: kindService, ID: r.ID, Title: r.ID, Service: r.ID, Commit: k.Commit, At: r.Updated}, nil
	})
	rank := func(f api.Found) int {
		switch {
		case f.ID == text:
			return 0
		case strings.HasPrefix(f.ID, text):
			return 1
		}
		return 2
	}
	slices.SortStableFunc(page.Items, func(a, b api.Found) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.ID, b.ID))
	})
	return first(page.Items), err
}

// findRuns looks for commits among all, for subjects and ids among the newest.
func (s *Server) findRuns(ctx context.Context, text string) ([]api.Found, error) {
	out := []api.Found{}
	if len(text) >= 4 && hexadecimal(text) {
		events, err := s.options.Records.Events(ctx, davit.EventQuery{Commit: text, Kinds: []string{"run.queued"}, Newest: true, Limit: searchEach})
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			run, _, err := thing[pipeline.State](ctx, s, kindRun, e.Run)
			if err == nil {
				out = append(out, foundRun(run))
			}
		}
	}
	runs, err := s.lately(ctx)
	for _, run := range runs {
		if strings.Contains(strings.ToLower(run.Subject), text) || strings.Contains(run.ID, text) {
			if !slices.ContainsFunc(out, func(f api.Found) bool { return f.ID == run.ID }) {
				out = append(out, foundRun(run))
			}
		}
	}
	return first(out), err
}

func foundRun(r pipeline.State) api.Found {
	title := r.Subject
	if title == "" {
		title = r.ID
	}
	return api.Found{Kind: kindRun, ID: r.ID, Title: title, Service: r.Service, Commit: r.Commit, Phase: string(r.Phase), At: r.Created}
}

func (s *Server) lately(ctx context.Context) ([]pipeline.State, error) {
	page, err := things(ctx, s, davit.Query{Kind: kindRun, Limit: searchLately}, func(_ context.Context, r pipeline.State, _ davit.Record) (pipeline.State, error) { return r, nil })
	return page.Items, err
}

func (s *Server) findReleases(ctx context.Context, text string) ([]api.Found, error) {
	digits := strings.TrimPrefix(text, "sha256:")
	byDigest := len(digits) >= 4 && hexadecimal(digits)
	page, err := things(ctx, s, davit.Query{Kind: kindRelease, Limit: searchLately}, func(_ context.Context, r davit.Release, _ davit.Record) (davit.Release, error) { return r, nil })
	out := []api.Found{}
	for _, r := range page.Items {
		if strings.Contains(r.ID, text) || byDigest && strings.HasPrefix(strings.TrimPrefix(string(r.Artifact), "sha256:"), digits) {
			out = append(out, api.Found{Kind: kindRelease, ID: r.ID, Title: r.Subject, Service: r.Service, Commit: r.Commit, Digest: string(r.Artifact), At: r.Created})
		}
	}
	return first(out), err
}

func (s *Server) findRollouts(ctx context.Context, text string) ([]api.Found, error) {
	page, err := things(ctx, s, davit.Query{Kind: kindRollout, Match: text, Limit: searchEach}, func(_ context.Context, r rollout.State, _ davit.Record) (api.Found, error) {
		return api.Found{Kind: kindRollout, ID: r.ID, Title: r.New.Release + " to " + r.Environment, Service: r.Service, Commit: r.New.Commit, Phase: string(r.Phase), At: r.Created}, nil
	})
	return page.Items, err
}

// findFlags finds flags by their key or project; the id of one is both.
func (s *Server) findFlags(ctx context.Context, text string) ([]api.Found, error) {
	page, err := things(ctx, s, davit.Query{Kind: kindFlag, Match: text, Limit: searchLately}, func(_ context.Context, k struct{ Removed bool }, r davit.Record) (api.Found, error) {
		project, key, _ := strings.Cut(r.ID, "/")
		f := api.Found{Kind: kindFlag, ID: r.ID, Title: key, Service: project, At: r.Updated}
		if k.Removed {
			f.ID = ""
		}
		return f, nil
	})
	return first(slices.DeleteFunc(page.Items, func(f api.Found) bool { return f.ID == "" })), err
}

// findExperiments finds experiments by their name, flag or hypothesis.
func (s *Server) findExperiments(ctx context.Context, text string) ([]api.Found, error) {
	if s.options.Experiments == nil {
		return nil, nil
	}
	all, err := s.options.Experiments.ListExperiments(ctx, "")
	out := []api.Found{}
	for _, e := range all {
		if strings.Contains(e.Name, text) || strings.Contains(strings.ToLower(e.Flag+"\n"+e.Hypothesis), text) {
			out = append(out, api.Found{Kind: "experiment", ID: e.Project + "/" + e.Name, Title: e.Name, Service: e.Project, Phase: e.Phase, At: e.Created})
		}
	}
	return first(out), err
}

// findPeople looks among those who wrote or did something lately.
func (s *Server) findPeople(ctx context.Context, text string) ([]api.Found, error) {
	runs, err := s.lately(ctx)
	if err != nil {
		return nil, err
	}
	events, err := s.options.Records.Events(ctx, davit.EventQuery{Newest: true, Limit: 2 * searchLately})
	out := []api.Found{}
	see := func(name string, at api.Found) {
		if name == "" || name == "davit" || !strings.Contains(strings.ToLower(name), text) {
			return
		}
		if !slices.ContainsFunc(out, func(f api.Found) bool { return f.ID == name }) {
			at.Kind, at.ID, at.Title = "person", name, name
			out = append(out, at)
		}
	}
	for _, e := range events {
		see(e.Actor, api.Found{At: e.At})
	}
	for _, r := range runs {
		see(r.Author, api.Found{At: r.Created})
	}
	return first(out), err
}

func first(found []api.Found) []api.Found { return found[:min(len(found), searchEach)] }

func hexadecimal(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.Is(unicode.ASCII_Hex_Digit, r) })
}
