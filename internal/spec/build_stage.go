package spec

import (
	"fmt"
	"slices"
	"strings"
)

// packageStage is the name the pipeline gives to the making of the artifact.
const packageStage = "package"

// stages returns the stages of a service, each after what it needs.
func (b *builder) stages(n *node, s Service, at string) []Stage {
	var found []entry
	for _, name := range []string{"test", "build"} {
		if v := n.get(name); v != nil {
			found = append(found, entry{name: name, at: n.where(name), value: v})
		}
	}
	if all := n.get("stages"); all != nil {
		for _, e := range all.entries {
			if slices.ContainsFunc(found, func(f entry) bool { return f.name == e.name }) {
				b.problem(e.at, join(at, "stages."+e.name), fmt.Sprintf("the stage %q is given twice", e.name), "", e.name+": beside stages: is short for a stage of this name")
				continue
			}
			if e.name == packageStage {
				b.problem(e.at, join(at, "stages."+e.name), `"package" cannot be the name of a stage`, "", "Davit itself makes the package when all stages have passed; see the key package")
				continue
			}
			found = append(found, e)
		}
	}
	slices.SortStableFunc(found, func(x, y entry) int { return before(x.at, y.at) })
	var out []Stage
	for _, e := range found {
		where := join(at, e.name)
		if e.at != n.where(e.name) {
			where = join(at, "stages."+e.name)
		}
		out = append(out, b.stage(e, s, where))
	}
	return b.order(out, found, at)
}

func before(a, b place) int {
	if a.line != b.line {
		return a.line - b.line
	}
	return a.column - b.column
}

func (b *builder) stage(e entry, s Service, at string) Stage {
	n := e.value
	retry := n.get("retry")
	st := Stage{
		Name: e.name, Needs: n.strs("needs"), Timeout: n.duration("timeout"),
		When:     When{Paths: n.get("when").strs("paths"), Branches: n.get("when").strs("branches")},
		Attempts: retry.num("attempts"), Backoff: retry.duration("backoff"), Outputs: n.strs("outputs"),
	}
	if run := n.get("run"); run != nil {
		for _, item := range run.items {
			step := Step{Name: item.str("name"), Shell: item.str("run")}
			if step.Name == "" {
				step.Name = clip(firstLine(strings.TrimSpace(step.Shell)))
			}
			st.Steps = append(st.Steps, step)
		}
	}
	st.Env, st.Secrets = b.variables(nil, nil, n, false, at)
	if c := n.get("cache"); c != nil {
		for i, item := range c.items {
			cache := Cache{Preset: item.str("preset"), Path: item.str("path"), Key: item.strs("key")}
			if cache.Preset != "" && cache.Key != nil {
				b.problem(item.where("key"), fmt.Sprintf("%s.cache[%d].key", at, i), "a preset has its own key", "", "leave key out, or write a path instead of the preset")
			}
			st.Cache = append(st.Cache, cache)
		}
	}
	if n.get("cache") == nil {
		st.Cache = caches(st.Steps)
	}
	if r := n.get("reports"); r != nil {
		for _, item := range r.items {
			if pattern := item.str("junit"); pattern != "" {
				st.Reports = append(st.Reports, Report{Format: "junit", Path: pattern})
			} else {
				st.Reports = append(st.Reports, Report{Format: item.str("format")})
			}
		}
	}
	if st.Outputs == nil && e.name == "build" {
		st.Outputs = built(s.Package)
	}
	return st
}

// built is what a stage called build hands over if it does not say: what the
// package is made of.
func built(p Package) []string {
	folder := p.Folder
	if layout, ok := strings.CutPrefix(p.Image, "oci-layout:"); ok {
		folder = layout
	}
	if folder == "" || folder == "." {
		return []string{"**"}
	}
	return []string{folder + "/**"}
}

// order sorts stages so that each comes after what it needs, as near as can be
// to the order of the file, and refuses needs that lead nowhere or in a circle.
func (b *builder) order(stages []Stage, found []entry, at string) []Stage {
	needs := map[string][]string{}
	var names []string
	for _, s := range stages {
		names = append(names, s.Name)
	}
	for i, s := range stages {
		list := found[i].value.get("needs")
		for j, need := range s.Needs {
			where := join(at, "stages."+s.Name+".needs")
			switch {
			case need == s.Name:
				b.problem(list.items[j].at, where, fmt.Sprintf("the stage %q needs itself", need), "", "")
			case !slices.Contains(names, need):
				b.noSuch("stage", need, names, list.items[j].at, where)
			default:
				needs[s.Name] = append(needs[s.Name], need)
			}
		}
	}
	sorted, circle := topological(names, needs)
	if circle != nil {
		i := slices.Index(names, circle[0])
		b.problem(found[i].at, join(at, "stages."+circle[0]+".needs"), "stages need each other in a circle: "+strings.Join(circle, " needs "), "", "remove one of these needs")
		return nil
	}
	var out []Stage
	for _, name := range sorted {
		out = append(out, stages[slices.Index(names, name)])
	}
	return out
}

func (b *builder) noSuch(what, name string, names []string, at place, where string) {
	hint := ""
	if near := nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	expected := "no other " + what + " is there"
	if len(names) > 0 {
		expected = "one of " + strings.Join(names, ", ")
	}
	b.problem(at, where, fmt.Sprintf("there is no %s %q", what, clip(name)), expected, hint)
}

// topological sorts names so that each comes after those it needs and
// otherwise keeps their order. If it cannot, it returns a circle, its first
// name again at the end.
func topological(names []string, needs map[string][]string) (sorted, circle []string) {
	done := map[string]bool{}
	for len(sorted) < len(names) {
		i := slices.IndexFunc(names, func(n string) bool {
			return !done[n] && !slices.ContainsFunc(needs[n], func(d string) bool { return !done[d] })
		})
		if i < 0 {
			return nil, circleIn(names, needs, done)
		}
		done[names[i]] = true
		sorted = append(sorted, names[i])
	}
	return sorted, nil
}

// circleIn walks along unmet needs, of which each name left has one, until it
// meets its own way.
func circleIn(names []string, needs map[string][]string, done map[string]bool) []string {
	at := names[slices.IndexFunc(names, func(n string) bool { return !done[n] })]
	var way []string
	for {
		if i := slices.Index(way, at); i >= 0 {
			return append(way[i:], at)
		}
		way = append(way, at)
		next := slices.IndexFunc(needs[at], func(n string) bool { return !done[n] })
		at = needs[at][next]
	}
}
