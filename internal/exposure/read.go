package exposure

import (
	"context"
	"errors"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/record"
)

// read reads everything that is kept and publishes it. A project that does not
// compile keeps being served as it last was.
func (b *Book) read(ctx context.Context) error {
	b.deciding.Lock()
	defer b.deciding.Unlock()
	projects := map[string]*project{}
	of := func(rec davit.Record) *project {
		if projects[rec.Service] == nil {
			projects[rec.Service] = newProject(rec.Service)
		}
		return projects[rec.Service]
	}
	err := errors.Join(
		record.All(ctx, b.ports.Keeper, davit.Query{Kind: KindFlag}, func(rec davit.Record) error {
			var k Kept
			err := record.Decode(rec, &k)
			k.Version = rec.Version
			if k.Removed {
				of(rec).removed[k.Flag.Key] = k
			} else {
				of(rec).flags[k.Flag.Key] = k
			}
			return err
		}),
		record.All(ctx, b.ports.Keeper, davit.Query{Kind: KindSegment}, func(rec davit.Record) error {
			var s authoring.Segment
			err := record.Decode(rec, &s)
			of(rec).segments[s.Name] = entry[authoring.Segment]{s, rec.Version}
			return err
		}),
		record.All(ctx, b.ports.Keeper, davit.Query{Kind: KindGroup}, func(rec davit.Record) error {
			var g authoring.Group
			err := record.Decode(rec, &g)
			of(rec).groups[g.Name] = entry[authoring.Group]{g, rec.Version}
			return err
		}),
		record.All(ctx, b.ports.Keeper, davit.Query{Kind: KindUsage}, b.usage.read),
	)
	if err != nil {
		return err
	}
	known, err := b.known(ctx)
	if err != nil {
		return err
	}
	for name, environments := range known {
		if projects[name] == nil {
			projects[name] = newProject(name)
		}
		projects[name].environments = environments
	}
	b.projects = projects
	for name, p := range projects {
		sets, err := b.compile(p)
		if err != nil {
			b.ports.Log.ErrorContext(ctx, "flags do not compile: the last good ones are served", "project", name, "err", err)
			continue
		}
		b.publish(name, sets)
	}
	return nil
}

// known returns the environments that projects have from elsewhere.
func (b *Book) known(ctx context.Context) (map[string][]string, error) {
	if b.ports.Environments == nil {
		return nil, nil
	}
	return b.ports.Environments(ctx)
}

// Refresh takes up environments that have come or gone.
func (b *Book) Refresh(ctx context.Context) error {
	known, err := b.known(ctx)
	if err != nil {
		return err
	}
	b.deciding.Lock()
	defer b.deciding.Unlock()
	for name, environments := range known {
		p := b.project(name).copied()
		p.environments = environments
		sets, err := b.compile(p)
		if err != nil {
			return err
		}
		b.projects[name] = p
		b.publish(name, sets)
	}
	return nil
}

// project returns a project; one that nobody has heard of is empty.
func (b *Book) project(name string) *project {
	if p := b.projects[name]; p != nil {
		return p
	}
	return newProject(name)
}
