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

// gbExport is GrowthBook's features: as its SDKs get them, by key, or as its API
// lists them.
type gbExport struct {
	Features json.RawMessage `json:"features"`
}

type gbFeature struct {
	ID           string                   `json:"id"`
	Description  string                   `json:"description"`
	Owner        string                   `json:"owner"`
	Archived     bool                     `json:"archived"`
	Type         string                   `json:"valueType"`
	Default      any                      `json:"defaultValue"`
	Rules        []gbRule                 `json:"rules"`
	Environments map[string]gbEnvironment `json:"environments"`
}

type gbEnvironment struct {
	Enabled bool     `json:"enabled"`
	Default any      `json:"defaultValue"`
	Rules   []gbRule `json:"rules"`
}

type gbRule struct {
	ID            string          `json:"id"`
	Description   string          `json:"description"`
	Enabled       *bool           `json:"enabled"`
	Type          string          `json:"type"`
	Condition     json.RawMessage `json:"condition"`
	Force         any             `json:"force"`
	Value         any             `json:"value"`
	Coverage      *float64        `json:"coverage"`
	HashAttribute string          `json:"hashAttribute"`
	HashVersion   int             `json:"hashVersion"`
	Seed          string          `json:"seed"`
	Key           string          `json:"key"`
	TrackingKey   string          `json:"trackingKey"`
	Variations    []any           `json:"variations"`
	Weights       []float64       `json:"weights"`
	Parents       []struct {
		ID string `json:"id"`
	} `json:"parentConditions"`
}

func (i *importer) growthbook(data []byte) error {
	var in gbExport
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	byKey := map[string]gbFeature{}
	if err := json.Unmarshal(in.Features, &byKey); err != nil {
		var list []gbFeature
		if err := json.Unmarshal(in.Features, &list); err != nil {
			return fmt.Errorf("features: %w", err)
		}
		for _, f := range list {
			byKey[f.ID] = f
		}
	}
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		if byKey[key].Archived {
			i.note(key, "it is archived and was left out")
			continue
		}
		i.gbFlag(key, byKey[key])
	}
	return nil
}

// gbValue reads a value as the feature's type has it: the API gives all as text.
func gbValue(kind string, v any) any {
	text, ok := v.(string)
	if !ok || kind == "string" || kind == "" {
		return v
	}
	var out any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return v
	}
	return out
}

func (i *importer) gbFlag(key string, in gbFeature) {
	f := i.flag(key, "release", in.Owner, in.Description)
	environments := in.Environments
	if len(environments) == 0 {
		environments = map[string]gbEnvironment{i.options.Environment: {Enabled: true, Rules: in.Rules}}
	}
	for _, name := range slices.Sorted(maps.Keys(environments)) {
		e := environments[name]
		standard := in.Default
		if e.Default != nil {
			standard = e.Default
		}
		off, ok := gbVariant(&f, gbValue(in.Type, standard))
		if !ok {
			i.note(key, "its value %v is of a type a flag cannot have: it is left out", standard)
			return
		}
		s := authoring.State{On: e.Enabled, Off: off, Serve: authoring.Outcome{Variant: off}}
		for n, r := range e.Rules {
			if r.Enabled != nil && !*r.Enabled {
				continue
			}
			if !i.gbRule(&f, &s, in, n, r) {
				i.note(key, "rule %d is left out", n+1)
			}
		}
		put(&f, environmentName(name), s)
	}
	if len(f.Variants) == 1 { // a flag that gives one value in all cases still has another side
		if v, isBool := f.Variants[0].Value.(bool); isBool {
			gbVariant(&f, !v)
		}
	}
	i.add(f)
}

// gbVariant finds or adds the variant of a value.
func gbVariant(f *authoring.Flag, v any) (string, bool) {
	want, err := json.Marshal(v)
	if err != nil {
		return "", false
	}
	for _, o := range f.Variants {
		if have, _ := json.Marshal(o.Value); string(have) == string(want) {
			return o.Name, true
		}
	}
	name := fmt.Sprintf("value-%d", len(f.Variants))
	switch v := v.(type) {
	case bool:
		name = map[bool]string{true: "on", false: "off"}[v]
	case string:
		if v != "" && len(v) <= 40 && strings.TrimSpace(v) == v && !strings.ContainsAny(v, "\n\r\t") && !f.Variants.Has(v) {
			name = v
		}
	case float64:
		name = strings.Trim(string(want), `"`)
	case map[string]any:
	default:
		return "", false
	}
	f.Variants = append(f.Variants, authoring.Named[any]{Name: name, Value: v})
	return name, true
}

func (i *importer) gbRule(f *authoring.Flag, s *authoring.State, in gbFeature, n int, r gbRule) bool {
	if len(r.Parents) > 0 {
		i.note(f.Key, "rule %d asks for another feature: write it as needs", n+1)
		return false
	}
	condition, ok := i.gbCondition(f.Key, r.Condition)
	if !ok {
		return false
	}
	o, ok := i.gbOutcome(f, s, in, n, r)
	if !ok {
		return false
	}
	if condition == nil {
		if n+1 < len(in.Rules) && len(o.Split) > 0 {
			i.note(f.Key, "rule %d holds for a share of everybody: GrowthBook tries the rules after it for the others, here they get the default", n+1)
		}
		s.Serve = o
		return true
	}
	if s.Serve.Variant != s.Off || len(s.Serve.Split) > 0 {
		return true // a rule before it holds for everybody
	}
	name := r.ID
	if name == "" {
		name = fmt.Sprintf("rule-%d", n+1)
	}
	s.Rules = append(s.Rules, authoring.Rule{Name: oneLine(name), If: *condition, Outcome: o})
	return true
}

func (i *importer) gbOutcome(f *authoring.Flag, s *authoring.State, in gbFeature, n int, r gbRule) (authoring.Outcome, bool) {
	force := r.Force
	if force == nil {
		force = r.Value
	}
	coverage := 1.0
	if r.Coverage != nil {
		coverage = *r.Coverage
	}
	if len(r.Variations) > 0 {
		return i.gbExperiment(f, s, in, n, r, coverage)
	}
	variant, ok := gbVariant(f, gbValue(in.Type, force))
	if !ok || force == nil {
		return authoring.Outcome{}, false
	}
	if coverage >= 1 {
		return authoring.Outcome{Variant: variant}, true
	}
	i.gbHash(f, s, r, 1) // forced rollouts hash in version 1 unless the rule says otherwise
	w := davit.Percent(coverage * 100)
	if variant == s.Off {
		return authoring.Outcome{Variant: variant}, true
	}
	return authoring.Outcome{Split: authoring.Ordered[davit.Weight]{{Name: variant, Value: w}, {Name: s.Off, Value: davit.Full - w}}}, true
}

func (i *importer) gbExperiment(f *authoring.Flag, s *authoring.State, in gbFeature, n int, r gbRule, coverage float64) (authoring.Outcome, bool) {
	f.Kind = authoring.Experiment
	i.gbHash(f, s, r, 1)
	split := authoring.Ordered[davit.Weight]{}
	for m, v := range r.Variations {
		weight := 1 / float64(len(r.Variations))
		if m < len(r.Weights) {
			weight = r.Weights[m]
		}
		name, ok := gbVariant(f, gbValue(in.Type, v))
		if !ok {
			return authoring.Outcome{}, false
		}
		if split.Has(name) {
			i.note(f.Key, "rule %d gives %q twice", n+1, name)
			return authoring.Outcome{}, false
		}
		split = append(split, authoring.Named[davit.Weight]{Name: name, Value: davit.Percent(weight * 100)})
	}
	if coverage < 1 {
		i.note(f.Key, "rule %d covers %g %% of the users, spread over the variations: its users would be re-assigned, so it is left out", n+1, coverage*100)
		return authoring.Outcome{}, false
	}
	return authoring.Outcome{Split: whole(split)}, len(split) > 1
}

// gbHash keeps the buckets of a rule: by version, seed and attribute.
func (i *importer) gbHash(f *authoring.Flag, s *authoring.State, r gbRule, version int) {
	if r.HashVersion > 0 {
		version = r.HashVersion
	}
	salt := r.Seed
	if salt == "" {
		salt = r.Key
	}
	if salt == "" {
		salt = r.TrackingKey
	}
	if salt == "" {
		salt = f.Key
	}
	hash := &authoring.Hash{Name: fmt.Sprintf("growthbook-v%d", version), Salt: salt}
	switch {
	case f.Hash == nil:
		f.Hash = hash
	case *f.Hash != *hash:
		i.note(f.Key, "a rule hashes by %s %q, another by %s %q: its users are re-assigned", hash.Name, hash.Salt, f.Hash.Name, f.Hash.Salt)
	}
	if by := r.HashAttribute; by != "" && by != "id" {
		s.By = by
	}
}

// gbCondition reads a condition in the manner of MongoDB, given as JSON or as
// JSON in a text; nil: none.
func (i *importer) gbCondition(key string, raw json.RawMessage) (*authoring.Condition, bool) {
	if len(raw) == 0 || string(raw) == "null" || string(raw) == `""` {
		return nil, true
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return nil, false
	}
	if text, ok := tree.(string); ok {
		if err := json.Unmarshal([]byte(text), &tree); err != nil {
			i.note(key, "a condition cannot be read")
			return nil, false
		}
	}
	m, ok := tree.(map[string]any)
	if !ok || len(m) == 0 {
		return nil, ok
	}
	c, ok := i.mongo(key, m)
	return &c, ok
}

func (i *importer) mongo(key string, m map[string]any) (authoring.Condition, bool) {
	var parts []authoring.Condition
	for _, name := range slices.Sorted(maps.Keys(m)) {
		v := m[name]
		switch name {
		case "$and", "$or", "$nor":
			var list []authoring.Condition
			items, _ := v.([]any)
			for _, item := range items {
				sub, _ := item.(map[string]any)
				c, ok := i.mongo(key, sub)
				if !ok {
					return c, false
				}
				list = append(list, c)
			}
			if len(list) == 0 {
				return authoring.Condition{}, false
			}
			c := all(list)
			if name != "$and" {
				c = anyOf(list)
			}
			if name == "$nor" {
				c = not(c)
			}
			parts = append(parts, c)
		case "$not":
			sub, _ := v.(map[string]any)
			c, ok := i.mongo(key, sub)
			if !ok {
				return c, false
			}
			parts = append(parts, not(c))
		default:
			c, ok := mongoAttribute(name, v)
			if !ok {
				i.note(key, "a condition on %s cannot be carried over", name)
				return c, false
			}
			parts = append(parts, c)
		}
	}
	return all(parts), len(parts) > 0
}

func mongoAttribute(name string, v any) (authoring.Condition, bool) {
	if name == "id" {
		name = "targetingKey"
	}
	m, ok := v.(map[string]any)
	if !ok {
		_, isList := v.([]any)
		return test(name, authoring.Is, v), v != nil && !isList
	}
	ops := map[string]authoring.Op{
		"$eq": authoring.Is, "$ne": authoring.Not, "$gt": authoring.Above, "$gte": authoring.Min, "$lt": authoring.Below, "$lte": authoring.Max,
		"$in": authoring.In, "$nin": authoring.NotIn, "$regex": authoring.Matches, "$exists": authoring.Exists,
	}
	versions := map[string]string{"$veq": "= ", "$vne": "!= ", "$vgt": "> ", "$vgte": ">= ", "$vlt": "< ", "$vlte": "<= "}
	var parts []authoring.Condition
	for _, op := range slices.Sorted(maps.Keys(m)) {
		value := m[op]
		sign, isVersion := versions[op]
		known, ok := ops[op]
		switch {
		case isVersion:
			parts = append(parts, test(name, authoring.Semver, fmt.Sprint(sign, value)))
		case op == "$not":
			c, fine := mongoAttribute(name, value)
			if !fine {
				return c, false
			}
			parts = append(parts, not(c))
		case op == "$elemMatch" || !ok:
			return authoring.Condition{}, false
		default:
			if _, number := value.(float64); !number && (known == authoring.Above || known == authoring.Min || known == authoring.Below || known == authoring.Max) {
				return authoring.Condition{}, false
			}
			parts = append(parts, test(name, known, value))
		}
	}
	return all(parts), len(parts) > 0
}
