package server

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/rollout"
)

const whyEvents = 1000 // events shown of one commit

func (s *Server) getWhy(ctx context.Context, in *struct {
	Subject string `path:"subject" maxLength:"128" pattern:"^[a-z0-9][a-z0-9:-]*$" doc:"Commit hash or its beginning (4 digits at least), digest, or the id of a run, release or rollout"`
},
) (*answer[api.Why], error) {
	q, err := s.subject(ctx, in.Subject)
	if err != nil {
		return nil, err
	}
	events, err := s.options.Records.Events(ctx, withLimit(q, whyEvents))
	if err != nil {
		return nil, err
	}
	if len(events) == 0 {
		return nil, &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("nothing is known of %q", in.Subject), Hint: "davit timeline shows what happened lately; davit releases lists digests"}
	}
	f := facts{server: s, seen: map[string]bool{}}
	f.why.Subject = whole(q, events)
	if q.Commit != "" {
		if other := otherCommit(events); other != "" {
			return nil, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("%q is the beginning of more than one commit: %s", in.Subject, other), Hint: "give more digits"}
		}
	}
	for _, e := range events {
		f.why.Events = append(f.why.Events, viewEvent(e))
		for kind, id := range map[string]string{kindRun: e.Run, kindRelease: e.Release, kindRollout: e.Rollout} {
			if err := f.gather(ctx, kind, id); err != nil {
				return nil, err
			}
		}
	}
	if err := f.quarantine(ctx); err != nil {
		return nil, err
	}
	f.finish()
	return &answer[api.Why]{f.why}, nil
}

// subject finds out what is asked about.
func (s *Server) subject(ctx context.Context, subject string) (davit.EventQuery, error) {
	if strings.HasPrefix(subject, "sha256:") {
		d, err := davit.ParseDigest(subject)
		if err != nil {
			return davit.EventQuery{}, &davit.Error{Kind: davit.Invalid, Err: err}
		}
		return davit.EventQuery{Digest: d}, nil
	}
	if run, _, err := thing[pipeline.State](ctx, s, kindRun, subject); err == nil {
		return davit.EventQuery{Commit: run.Commit, Service: run.Service}, nil
	}
	if release, _, err := thing[davit.Release](ctx, s, kindRelease, subject); err == nil {
		return davit.EventQuery{Commit: release.Commit, Service: release.Service}, nil
	}
	if state, _, err := thing[rollout.State](ctx, s, kindRollout, subject); err == nil {
		return davit.EventQuery{Rollout: state.ID}, nil
	}
	return davit.EventQuery{Commit: subject}, nil
}

// whole is the subject in full.
func whole(q davit.EventQuery, events []davit.Event) string {
	switch {
	case q.Digest != "":
		return string(q.Digest)
	case q.Rollout != "":
		return q.Rollout
	}
	return events[0].Commit
}

// otherCommit names the commits of events, if they are of more than one.
func otherCommit(events []davit.Event) string {
	commits := []string{}
	for _, e := range events {
		if !slices.Contains(commits, e.Commit) {
			commits = append(commits, e.Commit)
		}
	}
	if len(commits) < 2 {
		return ""
	}
	return strings.Join(commits, ", ")
}

// facts gathers what hangs together with some events.
type facts struct {
	server *Server
	seen   map[string]bool // kind and id
	why    api.Why
}

// gather adds a thing and what it names. What is named but not kept (any more)
// is left out.
func (f *facts) gather(ctx context.Context, kind, id string) error {
	if id == "" || f.seen[kind+"/"+id] {
		return nil
	}
	f.seen[kind+"/"+id] = true
	names := map[string][]string{}
	var err error
	now := f.server.options.Now()
	switch kind {
	case kindRun:
		var run pipeline.State
		if run, _, err = thing[pipeline.State](ctx, f.server, kind, id); err == nil {
			f.why.Runs = append(f.why.Runs, viewRun(run, now))
			names[kindRelease] = []string{run.Release}
			for _, d := range run.Deployments {
				names[kindRollout] = append(names[kindRollout], d.Rollout)
			}
		}
	case kindRelease:
		var r davit.Release
		var record davit.Record
		if r, record, err = thing[davit.Release](ctx, f.server, kind, id); err == nil {
			v, failed := f.server.viewRelease(ctx, r, record)
			f.why.Releases, err = append(f.why.Releases, v), failed
			names[kindRun] = []string{r.Run}
		}
	case kindRollout:
		var r rollout.State
		if r, _, err = thing[rollout.State](ctx, f.server, kind, id); err == nil {
			f.why.Rollouts = append(f.why.Rollouts, viewRollout(r, now))
			names[kindRelease] = []string{r.New.Release}
		}
	}
	if err != nil && davit.KindOf(err) != davit.NotFound {
		return err
	}
	for k, ids := range names {
		for _, id := range ids {
			if err := f.gather(ctx, k, id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *facts) quarantine(ctx context.Context) error {
	for _, r := range f.why.Releases {
		if !r.Quarantined {
			continue
		}
		q, _, err := thing[keptQuarantine](ctx, f.server, kindQuarantine, r.Quarantine)
		if davit.KindOf(err) == davit.NotFound && err != nil {
			continue
		}
		if err != nil {
			return err
		}
		f.why.Quarantined = append(f.why.Quarantined, viewQuarantine(q))
	}
	return nil
}

// finish sorts what was gathered and says it in words.
func (f *facts) finish() {
	w := &f.why
	w.Runs, w.Releases, w.Rollouts = orEmpty(w.Runs), orEmpty(w.Releases), orEmpty(w.Rollouts)
	w.Quarantined, w.Serving, w.Events = orEmpty(w.Quarantined), orEmpty(w.Serving), orEmpty(w.Events)
	slices.SortFunc(w.Runs, func(a, b api.Run) int { return a.Created.Compare(b.Created) })
	slices.SortFunc(w.Releases, func(a, b api.Release) int { return a.Created.Compare(b.Created) })
	slices.SortFunc(w.Rollouts, func(a, b api.Rollout) int { return a.Created.Compare(b.Created) })
	for _, r := range w.Releases {
		for _, env := range r.Serving {
			w.Serving = append(w.Serving, api.ServingPlace{Service: r.Service, Environment: env, Release: r.ID, Percent: 100})
		}
	}
	for _, r := range w.Rollouts {
		if !r.Final && r.Percent > 0 && !slices.ContainsFunc(w.Serving, func(p api.ServingPlace) bool { return p.Release == r.Release && p.Environment == r.Environment }) {
			w.Serving = append(w.Serving, api.ServingPlace{Service: r.Service, Environment: r.Environment, Release: r.Release, Percent: r.Percent})
		}
	}
	said := []string{}
	for _, r := range w.Runs {
		text := r.ID + " is " + r.Phase
		if r.Why != "" {
			text = sentence(r.Why)
		}
		said = append(said, text)
	}
	for _, q := range w.Quarantined {
		what := "Its artifact is quarantined: "
		if q.Config != "" {
			what = "Its artifact is quarantined with this configuration: "
		}
		said = append(said, what+sentence(q.Reason))
	}
	if len(w.Serving) == 0 {
		said = append(said, "It serves nowhere now.")
	}
	for _, p := range w.Serving {
		said = append(said, fmt.Sprintf("It serves %g %% of %s %s.", p.Percent, p.Service, p.Environment))
	}
	w.Summary = strings.Join(said, " ")
}

// sentence is the first line of a text, as a sentence.
func sentence(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return strings.TrimRight(first, ".: ") + "."
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
