package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/davit-cd/davit/internal/api"
)

// canary is production as it is by default, but for a short settling.
const canary = "  production: {settle: 1s}\n"

// measureBad pushes versions that fail all and a twentieth of their requests,
// with the default canary: 5 % of the traffic first. Smoke tests ask for the
// front page; where it fails too, no user meets the version.
func measureBad(ctx context.Context, b *bench) ([]row, error) {
	smoked, err := badVersions(ctx, b, "1 all", b.times(5))
	if err != nil {
		return nil, err
	}
	rows := []row{{"a version that fails all requests, those of the smoke tests too", smoked.String(), "no bad answer", yes(smoked.off == smoked.runs() && slices.Max(smoked.bad) == 0)}}
	all, err := badVersions(ctx, b, "1", b.times(7))
	if err != nil {
		return rows, err
	}
	rows = append(rows, row{
		"a version that fails all requests of users, at 5 % of 200/s: from its first answer to its last", all.String(), "3 s, 30 bad answers",
		yes(all.off == all.runs() && all.took.most() <= 3*time.Second && slices.Max(all.bad) <= 30),
	})
	some, err := badVersions(ctx, b, "0.05", b.times(5))
	if err != nil {
		return rows, err
	}
	return append(rows, row{"a version that fails 5 % of the requests of users, from 5 % of 200/s on", some.String(), "judged, not guessed", yes(some.off == some.runs())}), nil
}

// badly is what bad versions did.
type badly struct {
	took    spread // from the first answer of the bad version to its last
	bad     []int  // answers with an error
	answers []int  // all answers of the bad version
	off     int    // how many were rolled back
	by      []string
}

func (o badly) runs() int { return len(o.took) }

func (o badly) String() string {
	sorted := slices.Sorted(slices.Values(o.bad))
	return fmt.Sprintf("%d of %d off by %v; p50 %s, max %s; bad answers p50 %d, max %d", o.off, o.runs(), slices.Compact(slices.Sorted(slices.Values(o.by))),
		show(o.took.at(0.5)), show(o.took.most()), sorted[len(sorted)/2], sorted[len(sorted)-1])
}

func badVersions(ctx context.Context, b *bench, share string, n int) (badly, error) {
	var o badly
	s, err := startServer(ctx, b, b.folder("data"))
	if err != nil {
		return o, err
	}
	defer func() { _ = s.down(ctx) }()
	repo, err := newRepository(ctx, s, "shop", map[string]string{"davit.yaml": answering(b, "shop", canary), "fail": "0"})
	if err != nil {
		return o, err
	}
	p, err := repo.push(ctx, map[string]string{"version": "good"})
	if err != nil {
		return o, err
	}
	if _, err := s.awaitRun(ctx, "shop", p.commit, rolloutWithin); err != nil {
		return o, err
	}
	users := startLoad(ctx, s, "shop.localhost", userRate)
	defer users.end()
	time.Sleep(20 * time.Second) // a service has a past; the judge knows it by that
	for i := range n {
		users.forget()
		version := fmt.Sprintf("bad%d", i)
		p, err := repo.push(ctx, map[string]string{"version": version, "fail": share})
		if err != nil {
			return o, err
		}
		run, err := s.awaitRun(ctx, "shop", p.commit, 10*time.Minute)
		if err != nil {
			return o, err
		}
		r, err := api.Get[api.Rollout](ctx, s.client, "get-rollout", api.Params{"rollout": run.Deployments[0].Rollout})
		if err != nil {
			return o, err
		}
		o.add(users.since(p.committed), version, r)
		b.note("fails %s: %s by %s after %s, %d bad of %d; %s", share, r.Phase, r.DecidedBy, show(o.took[i]), o.bad[i], o.answers[i], r.Reason)
		if r.Phase != "rolled-back" {
			return o, nil // from here on it is what others are compared with
		}
		time.Sleep(3 * time.Second)
	}
	return o, nil
}

func (o *badly) add(answers []answer, version string, r api.Rollout) {
	var first, last time.Time
	bad, all := 0, 0
	for _, a := range answers {
		if a.version != version {
			continue
		}
		all++
		if a.status != 200 {
			bad++
		}
		if first.IsZero() || a.done.Before(first) {
			first = a.done
		}
		if a.done.After(last) {
			last = a.done
		}
	}
	o.took, o.bad, o.answers = append(o.took, last.Sub(first)), append(o.bad, bad), append(o.answers, all)
	o.by = append(o.by, r.DecidedBy)
	if r.Phase == "rolled-back" {
		o.off++
	}
}
