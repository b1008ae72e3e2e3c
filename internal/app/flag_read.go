package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/exposure"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/server"
)

// flagBook shows and changes flags for the server.
type flagBook struct{ book *exposure.Book }

// NewFlags lets a server show and change the flags of a book.
func NewFlags(book *exposure.Book) server.Flags { return flagBook{book} }

// ListFlags returns the flags that q selects, by project and key.
func (b flagBook) ListFlags(ctx context.Context, q server.FlagQuery) ([]api.Flag, error) {
	projects := b.book.Projects()
	if q.Project != "" {
		projects = []string{q.Project}
	}
	waiting, err := b.book.Proposals(ctx, q.Project, "")
	if err != nil {
		return nil, err
	}
	var out []api.Flag
	for _, name := range projects {
		if last, _, _ := strings.Cut(q.After, "/"); name < last {
			continue
		}
		view := b.book.Look(name)
		for _, k := range view.Flags {
			if q.After != "" && name+"/"+k.Flag.Key <= q.After {
				continue
			}
			if q.Limit > 0 && len(out) == q.Limit {
				return out, nil
			}
			f := b.show(view, k, q.Environment)
			waits := slices.ContainsFunc(waiting, func(p exposure.Proposal) bool { return p.Project == name && p.Key == f.Key })
			if q.Kind != "" && f.Kind != q.Kind || q.Owner != "" && f.Owner != q.Owner || q.Stale && len(f.Stale) == 0 || q.Drift && len(f.Drift) == 0 || q.Waiting && !waits {
				continue
			}
			out = append(out, f)
		}
	}
	return out, nil
}

// show is a flag as lists have it.
func (b flagBook) show(view exposure.View, k exposure.Kept, only string) api.Flag {
	f := k.Flag
	out := api.Flag{
		Project: f.Project, Key: f.Key, Kind: string(f.Kind), Owner: f.Owner, Purpose: f.Purpose, Version: k.Version,
		Created: f.Created, Changed: k.Changed, Expires: f.Expires, Overdue: f.Overdue(b.book.Now()), Variants: f.Variants.Names(), Environments: []api.FlagEnvironment{},
	}
	life := authoring.Life{Changed: k.Changed, Seen: map[string]time.Time{}}
	for _, name := range view.Environments {
		state := f.State(name)
		env := api.FlagEnvironment{Name: name, On: state.On && !state.Disabled, Does: state.Describe(), Given: map[string]uint64{}}
		for variant, seen := range b.book.Use(f.Project, f.Key, name).Variants {
			env.Asked += seen.Count
			env.Given[variant] += seen.Count
			if seen.Last.After(env.Last) {
				env.Last = seen.Last
			}
			if seen.Last.After(life.Seen[variant]) {
				life.Seen[variant] = seen.Last
			}
		}
		if only == "" || only == name {
			out.Environments = append(out.Environments, env)
		}
	}
	stale := authoring.Stale(f, life, authoring.StaleRules{}, b.book.Now())
	out.Phase, out.Stale, out.Keep = string(stale.Phase), stale.Reasons, stale.Keep
	if k.File != nil {
		out.File = k.File.Path
		for _, d := range authoring.Drift(k.File.Flag, f) {
			out.Drift = append(out.Drift, d.String())
		}
	}
	return out
}

// Flag returns a flag with its whole text.
func (b flagBook) Flag(ctx context.Context, project, key string) (api.FlagDetail, error) {
	k, err := b.book.Flag(project, key)
	if err != nil {
		return api.FlagDetail{}, err
	}
	view := b.book.Look(project)
	doc := view.Document()
	out := api.FlagDetail{Flag: b.show(view, k, ""), NeededBy: authoring.Dependents(key, doc.Flags)}
	if out.Document, err = k.Flag.JSON(); err != nil {
		return out, err
	}
	text, err := k.Flag.YAML()
	if err != nil {
		return out, err
	}
	out.YAML = string(text)
	for _, e := range k.Flag.Environments {
		for _, n := range e.Value.Needs {
			if !slices.Contains(out.Needs, n.Flag) {
				out.Needs = append(out.Needs, n.Flag)
			}
		}
	}
	for _, s := range doc.Segments {
		if slices.Contains(authoring.Users(s.Name, []authoring.Flag{k.Flag}, nil), "flag "+key) {
			out.Segments = append(out.Segments, s.Name)
		}
	}
	waiting, err := b.book.Proposals(ctx, project, key)
	for _, p := range waiting {
		out.Proposals = append(out.Proposals, api.FlagProposal{
			Project: p.Project, Key: p.Key, Hash: p.Hash, Actor: p.Actor, Reason: p.Reason, Text: p.Text, Changes: orNone(p.Changes), At: p.At, Expires: p.Expires,
		})
	}
	return out, err
}

func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// FlagHistory returns versions of a flag, newest first.
func (b flagBook) FlagHistory(ctx context.Context, project, key string, below int64, limit int) ([]api.FlagRevision, error) {
	list, err := b.book.History(ctx, project, key, below, limit+1)
	if err != nil {
		return nil, err
	}
	var out []api.FlagRevision
	for i, r := range list[:min(limit, len(list))] {
		v := api.FlagRevision{Version: r.Version, Kind: r.Kind, Actor: r.Actor, Approved: r.Approved, Reason: r.Reason, Text: r.Text, At: r.At, Changes: []string{}}
		if i+1 < len(list) {
			for _, d := range authoring.Diff(list[i+1].Flag, r.Flag) {
				v.Changes = append(v.Changes, d.String())
			}
		}
		if v.Flag, err = r.Flag.JSON(); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// ExplainFlag says what a flag gives to whom, and why.
func (b flagBook) ExplainFlag(_ context.Context, project, key string, q server.FlagQuestion) (api.FlagExplained, error) {
	at := q.At
	if at.IsZero() {
		at = b.book.Now()
	}
	if q.Context == nil {
		q.Context = map[string]any{}
	}
	maps.Copy(q.Context, b.book.Context(project+"/"+q.Environment))
	if _, err := b.book.Flag(project, key); err != nil {
		return api.FlagExplained{}, err
	}
	x, err := b.book.Look(project).Document().Explain(key, q.Environment, q.Context, at)
	if err != nil {
		return api.FlagExplained{}, err
	}
	return Explained(x), nil
}

// Explained is an explanation for the wire.
func Explained(x authoring.Explained) api.FlagExplained {
	out := api.FlagExplained{
		Project: x.Project, Flag: x.Flag, Environment: x.Environment, Variant: x.Variant, Value: x.Value, Reason: x.Reason, Text: x.Text, Portable: x.Portable, Lines: []api.FlagLine{},
	}
	var walk func(lines []authoring.Line, depth int)
	walk = func(lines []authoring.Line, depth int) {
		for _, l := range lines {
			out.Lines = append(out.Lines, api.FlagLine{Depth: depth, What: l.What, Held: l.Held, Why: l.Why, Decides: l.Decides && depth == 0})
			walk(l.Lines, depth+1)
		}
	}
	walk(x.Lines, 0)
	return out
}

// ExportFlags returns everything authored of a project.
func (b flagBook) ExportFlags(_ context.Context, project string) (api.FlagDocument, error) {
	text, err := b.book.Look(project).Document().YAML()
	return api.FlagDocument{Project: project, YAML: string(text)}, err
}

// ListSegments returns the segments of a project.
func (b flagBook) ListSegments(_ context.Context, project string) ([]api.Segment, error) {
	doc := b.book.Look(project).Document()
	var out []api.Segment
	for _, s := range doc.Segments {
		v := api.Segment{
			Project: project, Name: s.Name, Purpose: s.Purpose, Included: len(s.Included), Excluded: len(s.Excluded),
			Users: orNone(authoring.Users(s.Name, doc.Flags, doc.Segments)),
		}
		var err error
		if v.Document, err = s.JSON(); err != nil {
			return nil, err
		}
		text, err := s.YAML()
		if err != nil {
			return nil, fmt.Errorf("write segment %s: %w", s.Name, err)
		}
		v.YAML = string(text)
		out = append(out, v)
	}
	return out, nil
}
