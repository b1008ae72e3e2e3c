package importing

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag/authoring"
)

// ldExport is what LaunchDarkly's API lists: flags with summary=0, and segments.
type ldExport struct {
	Items    []ldFlag    `json:"items"`
	Flags    []ldFlag    `json:"flags"`
	Segments []ldSegment `json:"segments"`
}

type ldFlag struct {
	Key         string `json:"key"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Temporary   *bool  `json:"temporary"`
	Archived    bool   `json:"archived"`
	Maintainer  struct {
		Email string `json:"email"`
	} `json:"_maintainer"`
	Variations []struct {
		Value any    `json:"value"`
		Name  string `json:"name"`
	} `json:"variations"`
	Environments map[string]ldEnvironment `json:"environments"`
}

type ldEnvironment struct {
	On            bool       `json:"on"`
	Salt          string     `json:"salt"`
	Targets       []ldTarget `json:"targets"`
	Context       []ldTarget `json:"contextTargets"`
	Rules         []ldRule   `json:"rules"`
	Fallthrough   ldServe    `json:"fallthrough"`
	Off           *int       `json:"offVariation"`
	Prerequisites []struct {
		Key       string `json:"key"`
		Variation int    `json:"variation"`
	} `json:"prerequisites"`
}

type ldTarget struct {
	Values      []string `json:"values"`
	Variation   int      `json:"variation"`
	ContextKind string   `json:"contextKind"`
}

type ldRule struct {
	ID          string     `json:"_id"`
	Description string     `json:"description"`
	Clauses     []ldClause `json:"clauses"`
	ldServe
}

type ldClause struct {
	Attribute   string `json:"attribute"`
	Op          string `json:"op"`
	Values      []any  `json:"values"`
	Negate      bool   `json:"negate"`
	ContextKind string `json:"contextKind"`
}

type ldServe struct {
	Variation *int `json:"variation"`
	Rollout   *struct {
		Variations []struct {
			Variation int `json:"variation"`
			Weight    int `json:"weight"` // of 100 000
		} `json:"variations"`
		BucketBy string `json:"bucketBy"`
		Seed     *int   `json:"seed"`
	} `json:"rollout"`
}

type ldSegment struct {
	Key         string   `json:"key"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Included    []string `json:"included"`
	Excluded    []string `json:"excluded"`
	Rules       []struct {
		Clauses []ldClause `json:"clauses"`
		Weight  *int       `json:"weight"`
	} `json:"rules"`
}

func (i *importer) launchdarkly(data []byte) error {
	var in ldExport
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	for _, s := range in.Segments {
		seg := authoring.Segment{Name: s.Key, Project: i.options.Project, Purpose: s.Description, Included: s.Included, Excluded: without(s.Excluded, s.Included)}
		var rules []authoring.Condition
		for _, r := range s.Rules {
			c, ok := i.ldClauses("", r.Clauses)
			if r.Weight != nil {
				i.note("", "segment %s: a share of it cannot be carried over: the rule with it is left out", s.Key)
				ok = false
			}
			if ok {
				rules = append(rules, c)
			}
		}
		if len(rules) > 0 {
			c := anyOf(rules)
			seg.If = &c
		}
		i.out.Document.Segments = append(i.out.Document.Segments, seg)
	}
	in.Items = append(in.Items, in.Flags...)
	i.ldVariants = map[string][]string{}
	for _, f := range in.Items {
		if !f.Archived {
			i.ldVariants[f.Key] = ldNames(&authoring.Flag{}, f)
		}
	}
	for _, f := range in.Items {
		if f.Archived || len(f.Variations) == 0 {
			i.note(f.Key, "it is archived and was left out")
			continue
		}
		i.ldFlag(f)
	}
	return nil
}

func without(list, taken []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(taken, s) })
}

func (i *importer) ldFlag(in ldFlag) {
	kind := "permission" // LaunchDarkly calls flags permanent that are not temporary
	if in.Temporary == nil || *in.Temporary {
		kind = "release"
	}
	purpose := in.Description
	if purpose == "" {
		purpose = in.Name
	}
	f := i.flag(in.Key, kind, in.Maintainer.Email, purpose)
	names := ldNames(&f, in)
	salts := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(in.Environments)) {
		e := in.Environments[name]
		if e.splits() && e.Salt != "" {
			salts[e.Salt] = true
			if f.Hash == nil || name == "production" {
				f.Hash = &authoring.Hash{Name: "ld-sha1", Salt: in.Key + "." + e.Salt}
			}
		}
	}
	if len(salts) > 1 {
		i.note(in.Key, "its environments have salts of their own: users keep their buckets for %q only, elsewhere they are re-assigned", f.Hash.Salt)
	}
	for _, name := range slices.Sorted(maps.Keys(in.Environments)) {
		s := i.ldState(in, in.Environments[name], names)
		put(&f, environmentName(name), s)
	}
	i.add(f)
}

func (e ldEnvironment) splits() bool {
	return e.Fallthrough.Rollout != nil || slices.ContainsFunc(e.Rules, func(r ldRule) bool { return r.Rollout != nil })
}

// ldNames names the variants: by their value where it is true or false, by
// their name, else by number.
func ldNames(f *authoring.Flag, in ldFlag) []string {
	var names []string
	for n, v := range in.Variations {
		name := strings.TrimSpace(v.Name)
		switch {
		case v.Value == true:
			name = "on"
		case v.Value == false:
			name = "off"
		case name == "":
			name = fmt.Sprintf("variation-%d", n)
			if text, ok := v.Value.(string); ok && text != "" && len(text) <= 40 && !strings.ContainsAny(text, "\n\r\t") {
				name = strings.TrimSpace(text)
			}
		}
		if slices.Contains(names, name) {
			name = fmt.Sprintf("%s-%d", name, n)
		}
		names = append(names, name)
		f.Variants = append(f.Variants, authoring.Named[any]{Name: name, Value: v.Value})
	}
	return names
}

func (i *importer) ldState(in ldFlag, e ldEnvironment, names []string) authoring.State {
	s := authoring.State{On: e.On, Off: names[len(names)-1]}
	if e.Off != nil && *e.Off < len(names) {
		s.Off = names[*e.Off]
	} else {
		i.note(in.Key, "it has no off variation: while it is off it gives %q", s.Off)
	}
	for _, p := range e.Prerequisites {
		parent := i.ldVariants[p.Key]
		if p.Variation < 0 || p.Variation >= len(parent) {
			i.note(in.Key, "it needs %s, which is not in the export: it is imported without, and off", p.Key)
			s.On = false
			continue
		}
		s.Needs = append(s.Needs, authoring.Need{Flag: p.Key, Variants: []string{parent[p.Variation]}})
	}
	for _, t := range append(e.Targets, e.Context...) {
		if t.ContextKind != "" && t.ContextKind != "user" {
			if len(t.Values) > 0 {
				i.note(in.Key, "targets of the context kind %s are left out", t.ContextKind)
			}
			continue
		}
		if len(t.Values) > 0 && t.Variation < len(names) {
			s.Targets = append(s.Targets, authoring.Named[[]string]{Name: names[t.Variation], Value: t.Values})
		}
	}
	for n, r := range e.Rules {
		c, ok := i.ldClauses(in.Key, r.Clauses)
		o, fits := i.ldOutcome(in.Key, &s, r.ldServe, names)
		if !ok || !fits {
			i.note(in.Key, "rule %d is left out", n+1)
			continue
		}
		name := r.Description
		if name == "" {
			name = r.ID
		}
		if name == "" {
			name = fmt.Sprintf("rule-%d", n+1)
		}
		s.Rules = append(s.Rules, authoring.Rule{Name: oneLine(name), If: c, Outcome: o})
	}
	o, ok := i.ldOutcome(in.Key, &s, e.Fallthrough, names)
	if !ok {
		o = authoring.Outcome{Variant: s.Off}
	}
	s.Serve = o
	return s
}

func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return s[:min(len(s), 100)]
}

func (i *importer) ldOutcome(key string, s *authoring.State, in ldServe, names []string) (authoring.Outcome, bool) {
	if in.Variation != nil && *in.Variation < len(names) {
		return authoring.Outcome{Variant: names[*in.Variation]}, true
	}
	if in.Rollout == nil {
		return authoring.Outcome{}, false
	}
	if in.Rollout.Seed != nil {
		i.note(key, "a rollout has a seed of its own (%d): its users are re-assigned", *in.Rollout.Seed)
	}
	if by := in.Rollout.BucketBy; by != "" && by != "key" {
		if s.By != "" && s.By != by {
			i.note(key, "rollouts go by %s and by %s: only the first is kept", s.By, by)
		} else {
			s.By = by
		}
	}
	split := authoring.Ordered[davit.Weight]{}
	for _, v := range in.Rollout.Variations {
		if v.Variation < len(names) && v.Weight > 0 {
			if v.Weight%10 != 0 {
				i.note(key, "a share of %g %% is rounded to a hundredth of a percent", float64(v.Weight)/1000)
			}
			split = append(split, authoring.Named[davit.Weight]{Name: names[v.Variation], Value: davit.Weight((v.Weight + 5) / 10)})
		}
	}
	return authoring.Outcome{Split: whole(split)}, len(split) > 0
}

func (i *importer) ldClauses(key string, clauses []ldClause) (authoring.Condition, bool) {
	var parts []authoring.Condition
	for _, c := range clauses {
		if c.ContextKind != "" && c.ContextKind != "user" {
			i.note(key, "a clause asks for the context kind %s: its attribute is taken from the context itself", c.ContextKind)
		}
		one, ok := i.ldClause(c)
		if !ok {
			i.note(key, "a clause with %s on %s cannot be carried over", c.Op, c.Attribute)
			return authoring.Condition{}, false
		}
		if c.Negate {
			one = not(one)
		}
		parts = append(parts, one)
	}
	return all(parts), len(parts) > 0
}

func (i *importer) ldClause(c ldClause) (authoring.Condition, bool) {
	attribute := strings.ReplaceAll(strings.TrimPrefix(c.Attribute, "/"), "/", ".")
	if attribute == "key" {
		attribute = "targetingKey"
	}
	if c.Op == "segmentMatch" {
		var names []string
		for _, v := range c.Values {
			name, _ := v.(string)
			if !slices.ContainsFunc(i.out.Document.Segments, func(s authoring.Segment) bool { return s.Name == name }) {
				i.out.Document.Segments = append(i.out.Document.Segments, authoring.Segment{Name: name, Project: i.options.Project, Purpose: "Imported without its content: export the segments, too."})
				i.note("", "segment %s is asked for and not in the export: it is empty", name)
			}
			names = append(names, name)
		}
		return authoring.Condition{Segments: names}, len(names) > 0
	}
	if c.Op == "in" {
		return test(attribute, authoring.In, c.Values), len(c.Values) > 0
	}
	ops := map[string]authoring.Op{
		"startsWith": authoring.Starts, "endsWith": authoring.Ends, "contains": authoring.Contains, "matches": authoring.Matches,
		"greaterThan": authoring.Above, "lessThan": authoring.Below, "greaterThanOrEqual": authoring.Min, "lessThanOrEqual": authoring.Max,
		"before": authoring.Before, "after": authoring.After, "semVerEqual": authoring.Semver, "semVerGreaterThan": authoring.Semver, "semVerLessThan": authoring.Semver,
	}
	op, ok := ops[c.Op]
	if !ok {
		return authoring.Condition{}, false
	}
	sign := map[string]string{"semVerEqual": "= ", "semVerGreaterThan": "> ", "semVerLessThan": "< "}[c.Op]
	var parts []authoring.Condition
	for _, v := range c.Values {
		if sign != "" {
			v = fmt.Sprint(sign, v)
		}
		parts = append(parts, test(attribute, op, v))
	}
	return anyOf(parts), len(parts) > 0
}
