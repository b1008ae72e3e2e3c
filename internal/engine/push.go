package engine

import (
	"context"
	"fmt"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/record"
	"github.com/davit-cd/davit/internal/spec"
)

// ConfigFile is where a repository describes its services.
const ConfigFile = "davit.yaml"

const mostCommits = 100 // of one push that become runs of their own

// Push is a branch that moved.
type Push struct {
	Repo   string
	Branch string
	Old    string // "" when the branch is new
	New    string
}

// Pushed is what came of a push.
type Pushed struct {
	Runs     []string // in the order in which the commits came
	Messages []string // for the person who pushed
}

// CheckConfig says whether a push whose newest commit has this davit.yaml would
// be taken, without doing anything. Nil data means that there is no such file.
func (e *Engine) CheckConfig(ctx context.Context, repo, commit string, data []byte) error {
	if data == nil {
		return noConfig(commit)
	}
	file, err := spec.Parse(ConfigFile, data, e.Known)
	if err != nil {
		return &davit.Error{Kind: davit.Invalid, Err: err}
	}
	for _, s := range file.Services {
		_, service, err := record.LoadOr(ctx, e.Keeper, davit.Record{Kind: KindService, ID: s.Name}, Service{Repo: repo})
		if err != nil {
			return err
		}
		if err := owns(repo, s.Name, service.Repo); err != nil {
			return err
		}
	}
	return nil
}

func noConfig(commit string) error {
	return &davit.Error{
		Kind: davit.Invalid, Text: fmt.Sprintf("commit %.12s has no %s at its root", commit, ConfigFile),
		Hint: "write one with: davit init",
	}
}

// owns refuses a service that another repository has.
func owns(repo, service, owner string) error {
	if owner == repo {
		return nil
	}
	return &davit.Error{
		Kind: davit.Conflict, Text: fmt.Sprintf("service %s belongs to repository %s", service, owner),
		Hint: "give the service another name in " + ConfigFile,
	}
}

func (e *Engine) config(ctx context.Context, repo, commit string) (spec.File, error) {
	data, err := e.Source.File(ctx, repo, commit, ConfigFile)
	if davit.KindOf(err) == davit.NotFound {
		return spec.File{}, noConfig(commit)
	}
	if err != nil {
		return spec.File{}, fmt.Errorf("read %s of %.12s: %w", ConfigFile, commit, err)
	}
	file, err := spec.Parse(ConfigFile, data, e.Known)
	if err != nil {
		return spec.File{}, &davit.Error{Kind: davit.Invalid, Err: err}
	}
	return file, nil
}

// Push turns what a branch got into runs. It may be told twice of the same
// push: commits that have become runs do not become runs again.
func (e *Engine) Push(ctx context.Context, actor string, p Push) (Pushed, error) {
	file, err := e.config(ctx, p.Repo, p.New)
	if err != nil {
		return Pushed{}, err
	}
	e.deciding.Lock()
	defer e.deciding.Unlock()
	rec, repo, err := record.LoadOr(ctx, e.Keeper, davit.Record{Kind: KindRepo, ID: p.Repo}, Repo{Name: p.Repo})
	if err != nil {
		return Pushed{}, err
	}
	if repo.Heads == nil {
		repo.Heads = map[string]string{}
	}
	seen := repo.Heads[p.Branch]
	if seen == p.New {
		return Pushed{Messages: []string{"this commit is known already"}}, nil
	}
	commits, err := e.Source.Commits(ctx, p.Repo, seen, p.New, mostCommits)
	if err != nil {
		return Pushed{}, fmt.Errorf("list commits of %s: %w", p.Repo, err)
	}
	repo.Heads[p.Branch] = p.New
	if rec, err = record.With(rec, repo); err != nil {
		return Pushed{}, err
	}
	change := davit.Change{Records: []davit.Record{rec}, Events: []davit.Event{{
		At: e.now(), Kind: "push.received", Actor: actor, Commit: p.New,
		Text: fmt.Sprintf("%s pushed %s to %s of %s", actor, counted(len(commits)), p.Branch, p.Repo),
		Data: map[string]string{"repo": p.Repo, "branch": p.Branch, "old": seen},
	}}}
	var out Pushed
	for _, service := range file.Services {
		if err := e.pushService(ctx, actor, p, service, commits, &change, &out); err != nil {
			return Pushed{}, err
		}
	}
	if _, err := e.Keeper.Keep(ctx, change); err != nil {
		return Pushed{}, fmt.Errorf("keep push of %s: %w", p.Repo, err)
	}
	for _, service := range file.Services {
		e.turn(service.Name)
	}
	return out, nil
}

// pushService adds the runs of one service to the change.
func (e *Engine) pushService(ctx context.Context, actor string, p Push, sp spec.Service, commits []Commit, change *davit.Change, out *Pushed) error {
	fresh := davit.Record{Kind: KindService, ID: sp.Name, Service: sp.Name}
	rec, service, err := record.LoadOr(ctx, e.Keeper, fresh, Service{Name: sp.Name, Repo: p.Repo})
	if err != nil {
		return err
	}
	if err := owns(p.Repo, sp.Name, service.Repo); err != nil {
		return err
	}
	if !matches(sp.Branch, p.Branch) {
		out.Messages = append(out.Messages, fmt.Sprintf("%s: branch %s does not deploy, %s does; its stages run all the same", sp.Name, p.Branch, sp.Branch))
	}
	made := 0
	for i, c := range commits {
		changed, err := e.Source.Changed(ctx, p.Repo, c.Parent, c.Hash)
		if err != nil {
			return fmt.Errorf("list changes of %.12s: %w", c.Hash, err)
		}
		if rec.Version > 0 && !pipeline.Concerns(sp, changed) {
			continue
		}
		service.Runs++
		made++
		state, events := pipeline.New(pipeline.Origin{
			ID: fmt.Sprintf("%s-run-%d", sp.Name, service.Runs), Service: sp.Name, Repo: p.Repo, Branch: p.Branch,
			Commit: c.Hash, Parent: c.Parent, Author: c.Author, Subject: c.Subject, Pusher: actor, Created: e.now(),
			Spec: e.specAt(ctx, p.Repo, c, sp, i == len(commits)-1),
		}, changed)
		run, err := runRecord(davit.Record{}, state)
		if err != nil {
			return err
		}
		change.Records = append(change.Records, run)
		change.Events = append(change.Events, events...)
		out.Runs = append(out.Runs, state.ID)
	}
	if made == 0 {
		out.Messages = append(out.Messages, sp.Name+": nothing it watches has changed")
	}
	service.Spec, service.Commit = sp, p.New
	if rec, err = record.With(rec, service); err != nil {
		return err
	}
	rec.Phase = "active"
	change.Records = append(change.Records, rec)
	return nil
}

// specAt returns the service as an older commit of a push describes it, or as
// the newest does where the older one is not sound.
func (e *Engine) specAt(ctx context.Context, repo string, c Commit, newest spec.Service, last bool) spec.Service {
	if last {
		return newest
	}
	file, err := e.config(ctx, repo, c.Hash)
	if err != nil {
		return newest
	}
	for _, s := range file.Services {
		if s.Name == newest.Name {
			return s
		}
	}
	return newest
}

func matches(branch, pushed string) bool {
	return branch == "" || branch == pushed
}

// missedPushes takes up what was pushed while nobody could be told.
func (e *Engine) missedPushes(ctx context.Context) error {
	repos, err := e.Source.Repos(ctx)
	if err != nil {
		return fmt.Errorf("list repositories: %w", err)
	}
	for _, name := range repos {
		_, repo, err := record.LoadOr(ctx, e.Keeper, davit.Record{Kind: KindRepo, ID: name}, Repo{Name: name})
		if err != nil {
			return err
		}
		heads, err := e.Source.Branches(ctx, name)
		if err != nil {
			e.Log.WarnContext(ctx, "missed push", "repo", name, "err", err)
		}
		for branch, head := range heads {
			if head == repo.Heads[branch] {
				continue
			}
			if _, err := e.Push(ctx, "davit", Push{Repo: name, Branch: branch, Old: repo.Heads[branch], New: head}); err != nil {
				e.Log.WarnContext(ctx, "missed push", "repo", name, "branch", branch, "err", err)
			}
		}
	}
	return nil
}

func counted(commits int) string {
	if commits == 1 {
		return "1 commit"
	}
	return fmt.Sprintf("%d commits", commits)
}
