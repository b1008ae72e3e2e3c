package importing

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
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
	Variation *int       `json:"variation"`
	Rollout   *ldRollout `json:"rollout"`
}

type ldRollout struct {
	Kind       string `json:"kind"`
	Variations []struct {
		Variation int `json:"variation"`
		Weight    int `json:"weight"` // of 100 000
	} `json:"variations"`
	BucketBy    string `json:"bucketBy"`
	Seed        *int   `json:"seed"`
	ContextKind string `json:"contextKind"`
}

// by is the attribute that is hashed, as Davit names it; empty is the key,
// which it is in every experiment.
func (r *ldRollout) by() string {
	if r.BucketBy == "key" || r.Kind == "experiment" {
		return ""
	}
	return ldAttribute(r.BucketBy, r.ContextKind)
}

// prefix is what is hashed before the attribute, but for the dot between.
func (r *ldRollout) prefix(key, salt string) string {
	if r.Seed != nil {
		return strconv.Itoa(*r.Seed)
	}
	return key + "." + salt
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
	prefixes := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(in.Environments)) {
		e := in.Environments[name]
		for n, r := range e.rollouts() {
			prefix := r.prefix(in.Key, e.Salt)
			prefixes[prefix] = true
			if f.Hash == nil || n == 0 && name == "production" {
				f.Hash = &authoring.Hash{Name: "ld-sha1", Salt: prefix}
			}
		}
	}
	if len(prefixes) > 1 {
		i.note(in.Key, "its environments, or its rollouts, have salts or seeds of their own: users keep their buckets for %q only, elsewhere they are re-assigned", f.Hash.Salt)
	}
	for _, name := range slices.Sorted(maps.Keys(in.Environments)) {
		s := i.ldState(in, in.Environments[name], names)
		put(&f, environmentName(name), s)
	}
	i.add(f)
}

// rollouts lists those of an environment: first the one of those whom no rule
// is for.
func (e ldEnvironment) rollouts() (list []*ldRollout) {
	if e.Fallthrough.Rollout != nil {
		list = append(list, e.Fallthrough.Rollout)
	}
	for _, r := range e.Rules {
		if r.Rollout != nil {
			list = append(list, r.Rollout)
		}
	}
	return list
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
	i.ldBuckets(in.Key, &s, e.rollouts())
	for n, r := range e.Rules {
		c, ok := i.ldClauses(in.Key, r.Clauses)
		o, fits := i.ldOutcome(in.Key, r.ldServe, names)
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
	o, ok := i.ldOutcome(in.Key, e.Fallthrough, names)
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

// ldBuckets says which attribute users fall into buckets by: one for all of an
// environment's rollouts.
func (i *importer) ldBuckets(key string, s *authoring.State, rollouts []*ldRollout) {
	for n, r := range rollouts {
		if n == 0 {
			s.By = r.by()
		}
		if by := r.by(); by != s.By {
			i.note(key, "rollouts go by %s and by %s: only the first is kept, so the users of the others are re-assigned", orKey(s.By), orKey(by))
		}
		if r.ContextKind != "" && r.ContextKind != "user" {
			i.note(key, "a rollout goes by the context kind %s: here it goes by the user, so they are re-assigned", r.ContextKind)
		}
	}
	if s.By != "" {
		i.note(key, "a rollout goes by %s: who has none, or neither a text nor a whole number, got its first variation and gets %q here", s.By, s.Off)
	}
}

func orKey(attribute string) string {
	if attribute == "" {
		return "the key"
	}
	return attribute
}

// ldOutcome is what a rule gives. A rollout's last variation has all that the
// others leave.
func (i *importer) ldOutcome(key string, in ldServe, names []string) (authoring.Outcome, bool) {
	if in.Variation != nil && *in.Variation < len(names) {
		return authoring.Outcome{Variant: names[*in.Variation]}, true
	}
	if in.Rollout == nil || len(in.Rollout.Variations) == 0 {
		return authoring.Outcome{}, false
	}
	var ends []end
	sum := 0
	for n, v := range in.Rollout.Variations {
		if v.Variation < 0 || v.Variation >= len(names) || v.Weight < 0 || v.Weight > 100_000 {
			return authoring.Outcome{}, false
		}
		if sum = min(sum+v.Weight, 100_000); n == len(in.Rollout.Variations)-1 {
			sum = 100_000
		}
		if sum%10 != 0 {
			i.note(key, "a share that ends at %g %% is rounded to a hundredth of a percent", float64(sum)/1000)
		}
		ends = append(ends, end{names[v.Variation], davit.Weight((sum + 5) / 10)})
	}
	return i.laidOut(key, ends), true
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

// ldAttribute is Davit's name of an attribute. Where a kind of context is
// named, it may be a path with slashes; else it is a plain name.
func ldAttribute(reference, kind string) string {
	if kind == "" {
		return reference
	}
	return strings.ReplaceAll(strings.TrimPrefix(reference, "/"), "/", ".")
}

func (i *importer) ldClause(c ldClause) (authoring.Condition, bool) {
	attribute := ldAttribute(c.Attribute, c.ContextKind)
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
