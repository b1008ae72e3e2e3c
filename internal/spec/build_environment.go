package spec

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/davit-cd/davit"
)

// lastEnvironments returns those that no other comes after, from the map as it
// was written.
func lastEnvironments(all *node) map[string]bool {
	last := map[string]bool{}
	for _, e := range all.entries {
		last[e.name] = true
	}
	for i, e := range all.entries {
		for _, a := range afterOf(all, i) {
			if a != e.name {
				delete(last, a)
			}
		}
	}
	return last
}

// afterOf returns what the environment at index i comes after: what it says,
// else the one before it in the file.
func afterOf(all *node, i int) []string {
	v := all.entries[i].value
	after := v.get("after")
	switch {
	case after != nil && after.form == scalar && after.flavour != null:
		return []string{after.text}
	case after != nil:
		names := []string{}
		for _, item := range after.items {
			names = append(names, item.text)
		}
		return names
	case i > 0:
		return []string{all.entries[i-1].name}
	}
	return nil
}

func (b *builder) environments(n *node, s Service, at string) []Environment {
	if n == nil {
		return nil
	}
	var out []Environment
	var names []string
	for _, e := range n.entries {
		names = append(names, e.name)
	}
	needs := map[string][]string{}
	for i, e := range n.entries {
		env := b.environment(e, s, join(at, e.name))
		env.After = afterOf(n, i)
		where := e.at
		for j, a := range env.After {
			if l := e.value.get("after"); l != nil && j < len(l.items) {
				where = l.items[j].at
			}
			switch {
			case a == e.name:
				b.problem(where, join(at, e.name+".after"), fmt.Sprintf("the environment %q comes after itself", a), "", "")
			case !slices.Contains(names, a):
				b.noSuch("environment", a, names, where, join(at, e.name+".after"))
			default:
				needs[e.name] = append(needs[e.name], a)
			}
		}
		out = append(out, env)
	}
	sorted, circle := topological(names, needs)
	if circle != nil {
		i := slices.Index(names, circle[0])
		b.problem(n.entries[i].at, join(at, circle[0]+".after"), "environments come after each other in a circle: "+strings.Join(circle, " after "), "", "remove one of these after")
		return nil
	}
	slices.SortStableFunc(out, func(x, y Environment) int {
		return slices.Index(sorted, x.Name) - slices.Index(sorted, y.Name)
	})
	return out
}

func (b *builder) environment(e entry, s Service, at string) Environment {
	n := e.value
	env := Environment{
		Name: e.name, Target: n.str("target"), Hosts: n.strs("hosts"), Instances: n.num("instances"),
		Sticky: davit.Sticky{Header: n.get("sticky").str("header"), Cookie: n.get("sticky").str("cookie")},
		Settle: n.duration("settle"), Drain: n.duration("drain"), Judge: b.judge(n.get("judge"), join(at, "judge")),
	}
	if env.Hosts == nil {
		env.Hosts = []string{defaultHost(s.Name, env.Name)}
	}
	env.Run = b.run(s.Run, n.get("run"), join(at, "run"))
	env.Run.Env, env.Run.Secrets = b.variables(env.Run.Env, env.Run.Secrets, n, true, at)
	if st := n.get("strategy"); st != nil && len(st.entries) == 1 {
		env.Strategy = Strategy{Name: st.entries[0].name, Params: plain(st.entries[0].value).(map[string]any)}
	}
	if g := n.get("gates"); g != nil {
		for _, item := range g.items {
			if len(item.entries) == 1 {
				env.Gates = append(env.Gates, Gate{Name: item.entries[0].name, Params: plain(item.entries[0].value).(map[string]any)})
			}
		}
	}
	if len(s.NeedsFlags) > 0 {
		needed := []any{}
		for _, key := range s.NeedsFlags {
			needed = append(needed, key)
		}
		env.Gates = append(env.Gates, Gate{Name: "flags-needed", Params: map[string]any{"flags": needed}})
	}
	if sm := n.get("smoke"); sm != nil {
		for _, item := range sm.items {
			env.Smoke = append(env.Smoke, smokeTest(item))
		}
	}
	env.Probe = probe(n.get("probe"), env.Run)
	return env
}

func defaultHost(service, environment string) string {
	if environment == "production" {
		return service + ".localhost"
	}
	return service + "." + environment + ".localhost"
}

func probe(n *node, r Run) *SyntheticProbe {
	if n != nil && n.off {
		return nil
	}
	p := &SyntheticProbe{Path: n.str("path"), Method: n.str("method"), Rate: n.float("rate")}
	if p.Path == "" {
		p.Path = r.Ready.HTTP
	}
	if p.Path == "" {
		p.Path = "/"
	}
	return p
}

func (b *builder) judge(n *node, at string) Judge {
	j := Judge{
		Alpha: n.float("alpha"), Beta: n.float("beta"), Margin: n.float("margin") / 100, MinBake: n.duration("min_bake"),
		MinRequests: n.num("min_requests"), MinDiff: n.float("min_diff") / 100, MinRatio: n.float("min_ratio"),
		LatencyRatio: n.float("latency_ratio"), NoData: n.str("no_data"), Deadline: n.duration("deadline"), Warmup: n.duration("warmup"),
		Burst: n.duration("burst"),
	}
	if n != nil && j.MinBake >= j.Deadline && j.Deadline > 0 {
		b.problem(n.where("min_bake"), join(at, "min_bake"), fmt.Sprintf("%s: no version can pass within the deadline of %s", join(at, "min_bake"), FormatDuration(j.Deadline)), "less than the deadline", "")
	}
	return j
}

func smokeTest(n *node) davit.SmokeTest {
	t := davit.SmokeTest{
		Name: n.str("name"), Method: n.str("method"), Path: n.str("path"), Headers: n.table("headers"), Body: n.str("body"),
		Status: n.num("status"), Within: n.duration("within"), Timeout: n.duration("timeout"), Retries: n.num("retries"),
	}
	if t.Name == "" {
		t.Name = t.Method + " " + t.Path
	}
	if m := n.get("json"); m != nil {
		t.JSON = map[string]string{}
		for _, e := range m.entries {
			t.JSON[e.name] = jsonText(e.value)
		}
	}
	return t
}

// jsonText returns what YAML takes a scalar for as JSON.
func jsonText(n *node) string {
	if n.flavour != text && json.Valid([]byte(n.text)) {
		return n.text
	}
	b, err := json.Marshal(n.text)
	if err != nil {
		return `""` // strings always marshal
	}
	return string(b)
}

// hosts refuses a host that two environments would answer under.
func (b *builder) hosts(services []entry) {
	taken := map[string]string{}
	for _, s := range services {
		environments := s.value.get("environments")
		if environments == nil {
			continue
		}
		for _, e := range environments.entries {
			who := s.name + " in " + e.name
			list := e.value.get("hosts")
			names, at := []string{defaultHost(s.name, e.name)}, []place{e.at}
			if list != nil {
				names, at = nil, nil
				for _, item := range list.items {
					names, at = append(names, item.text), append(at, item.at)
				}
			}
			for i, name := range names {
				if other, twice := taken[name]; twice {
					b.problem(at[i], join("environments", e.name+".hosts"), fmt.Sprintf("the host %s of %s is already that of %s", name, who, other), "a host of its own", "")
					continue
				}
				taken[name] = who
			}
		}
	}
}
