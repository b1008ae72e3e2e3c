package importing

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag/authoring"
)

// unleashExport is what Unleash's export of features writes.
type unleashExport struct {
	Features []struct {
		Name        string `json:"name"`
		Type        string `json:"type"`
		Description string `json:"description"`
	} `json:"features"`
	Strategies   []unleashStrategy `json:"featureStrategies"`
	Environments []struct {
		Feature     string           `json:"featureName"`
		Environment string           `json:"environment"`
		Enabled     bool             `json:"enabled"`
		Variants    []unleashVariant `json:"variants"`
	} `json:"featureEnvironments"`
	Segments []struct {
		ID          int                 `json:"id"`
		Name        string              `json:"name"`
		Description string              `json:"description"`
		Constraints []unleashConstraint `json:"constraints"`
	} `json:"segments"`
	Dependencies []struct {
		Feature      string `json:"feature"`
		Dependencies []struct {
			Feature  string   `json:"feature"`
			Enabled  *bool    `json:"enabled"`
			Variants []string `json:"variants"`
		} `json:"dependencies"`
	} `json:"dependencies"`
}

type unleashStrategy struct {
	Name        string              `json:"name"`
	Title       string              `json:"title"`
	Feature     string              `json:"featureName"`
	Environment string              `json:"environment"`
	Parameters  map[string]any      `json:"parameters"`
	Constraints []unleashConstraint `json:"constraints"`
	Segments    []int               `json:"segments"`
	Variants    []unleashVariant    `json:"variants"`
	Disabled    bool                `json:"disabled"`
	Order       float64             `json:"sortOrder"`
}

type unleashConstraint struct {
	Context         string   `json:"contextName"`
	Operator        string   `json:"operator"`
	Values          []string `json:"values"`
	Value           string   `json:"value"`
	Inverted        bool     `json:"inverted"`
	CaseInsensitive bool     `json:"caseInsensitive"`
}

type unleashVariant struct {
	Name       string `json:"name"`
	Weight     int    `json:"weight"` // of 1000
	Stickiness string `json:"stickiness"`
	Payload    *struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	} `json:"payload"`
}

func (i *importer) unleash(data []byte) error {
	var in unleashExport
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	segments := map[int]string{}
	for _, s := range in.Segments {
		segments[s.ID] = s.Name
		seg := authoring.Segment{Name: s.Name, Project: i.options.Project, Purpose: s.Description}
		if c, ok := i.unleashConstraints("", s.Constraints); ok {
			seg.If = &c
		}
		i.out.Document.Segments = append(i.out.Document.Segments, seg)
	}
	slices.SortStableFunc(in.Strategies, func(a, b unleashStrategy) int { return int(a.Order - b.Order) })
	for _, feature := range in.Features {
		f := i.flag(feature.Name, feature.Type, "", feature.Description)
		f.Variants = onOff()
		for _, e := range in.Environments {
			if e.Feature != feature.Name {
				continue
			}
			var strategies []unleashStrategy
			for _, s := range in.Strategies {
				if s.Feature == feature.Name && s.Environment == e.Environment && !s.Disabled {
					strategies = append(strategies, s)
				}
			}
			s := i.unleashState(&f, strategies, segments, len(e.Variants) > 0)
			s.On = e.Enabled
			i.unleashNeeds(&s, feature.Name, in)
			put(&f, environmentName(e.Environment), s)
		}
		i.add(f)
	}
	return nil
}

func (i *importer) unleashNeeds(s *authoring.State, feature string, in unleashExport) {
	for _, d := range in.Dependencies {
		if d.Feature != feature {
			continue
		}
		for _, p := range d.Dependencies {
			want := []string{"on"}
			if p.Enabled != nil && !*p.Enabled {
				want = []string{"off"}
			}
			if len(p.Variants) > 0 {
				i.note(feature, "it needs variants of %s: only whether that is on is kept", p.Feature)
			}
			s.Needs = append(s.Needs, authoring.Need{Flag: p.Feature, Variants: want})
		}
	}
}

func (i *importer) unleashState(f *authoring.Flag, strategies []unleashStrategy, segments map[int]string, variants bool) authoring.State {
	s := authoring.State{Off: "off", Serve: authoring.Outcome{Variant: "off"}}
	if variants {
		i.note(f.Key, "it has variants: make an experiment of its own for them, with hash: unleash-variant")
	}
	partial := 0
	for n, st := range strategies {
		if len(st.Variants) > 0 {
			i.note(f.Key, "strategy %d has variants: make an experiment of its own for them, with hash: unleash-variant", n+1)
		}
		var parts []authoring.Condition
		if len(st.Constraints) > 0 {
			c, ok := i.unleashConstraints(f.Key, st.Constraints)
			if !ok {
				i.note(f.Key, "strategy %d (%s) is left out", n+1, st.Name)
				continue
			}
			parts = append(parts, c)
		}
		for _, id := range st.Segments {
			if name, ok := segments[id]; ok {
				parts = append(parts, authoring.Condition{Segments: []string{name}})
			} else {
				i.note(f.Key, "segment %d is not in the export", id)
			}
		}
		o, more, ok := i.unleashOutcome(f, &s, st)
		if !ok {
			continue
		}
		if more != nil {
			parts = append(parts, *more)
		}
		if len(o.Split) > 0 {
			partial++
		}
		if len(parts) == 0 {
			s.Serve = o
			if n+1 < len(strategies) {
				i.note(f.Key, "strategy %d holds for everybody: those after it are tried in Unleash for whom its share leaves out, here they are not", n+1)
			}
			break
		}
		name := st.Title
		if name == "" {
			name = fmt.Sprintf("%s-%d", st.Name, n+1)
		}
		s.Rules = append(s.Rules, authoring.Rule{Name: oneLine(name), If: all(parts), Outcome: o})
	}
	if partial > 1 {
		i.note(f.Key, "%d strategies have a share below 100 %%: in Unleash a user has a chance in each, here in the first that fits", partial)
	}
	return s
}

// unleashOutcome is what a strategy gives, and a condition that belongs to it.
func (i *importer) unleashOutcome(f *authoring.Flag, s *authoring.State, st unleashStrategy) (authoring.Outcome, *authoring.Condition, bool) {
	on := authoring.Outcome{Variant: "on"}
	text := func(name string) string {
		if v := st.Parameters[name]; v != nil {
			return strings.TrimSpace(fmt.Sprint(v))
		}
		return ""
	}
	switch st.Name {
	case "default":
		return on, nil, true
	case "userWithId":
		c := test("targetingKey", authoring.In, listed(text("userIds")))
		return on, &c, true
	case "remoteAddress":
		c := test("remoteAddress", authoring.Cidr, listed(text("IPs")))
		return on, &c, true
	case "flexibleRollout", "gradualRolloutUserId", "gradualRolloutSessionId":
	default:
		i.note(f.Key, "the strategy %q is left out", st.Name)
		return on, nil, false
	}
	rollout, stickiness := text("rollout"), text("stickiness")
	if st.Name != "flexibleRollout" {
		rollout, stickiness = text("percentage"), map[string]string{"gradualRolloutUserId": "userId", "gradualRolloutSessionId": "sessionId"}[st.Name]
	}
	percent, err := strconv.ParseFloat(rollout, 64)
	if err != nil || percent >= 100 {
		return on, nil, err == nil
	}
	group := text("groupId")
	if group == "" {
		group = f.Key
	}
	switch {
	case f.Hash == nil:
		f.Hash = &authoring.Hash{Name: "unleash", Salt: group}
	case f.Hash.Salt != group:
		i.note(f.Key, "a strategy has the group %q, another one %q: its users are re-assigned", group, f.Hash.Salt)
	}
	switch stickiness {
	case "", "default", "userId":
	case "random":
		i.note(f.Key, "a share drawn anew at each request becomes one that sticks to the user")
	default:
		s.By = stickiness
	}
	w := davit.Percent(percent)
	return authoring.Outcome{Split: authoring.Ordered[davit.Weight]{{Name: "on", Value: w}, {Name: "off", Value: davit.Full - w}}}, nil, true
}

func listed(s string) []any {
	var out []any
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func (i *importer) unleashConstraints(key string, constraints []unleashConstraint) (authoring.Condition, bool) {
	var parts []authoring.Condition
	for _, c := range constraints {
		one, ok := unleashConstraintOf(c)
		if !ok {
			i.note(key, "a constraint with %s on %s cannot be carried over", c.Operator, c.Context)
			return authoring.Condition{}, false
		}
		if c.Inverted {
			one = not(one)
		}
		parts = append(parts, one)
	}
	return all(parts), len(parts) > 0
}

func unleashConstraintOf(c unleashConstraint) (authoring.Condition, bool) {
	attribute := strings.TrimPrefix(c.Context, "properties.")
	if attribute == "userId" {
		attribute = "targetingKey"
	}
	if attribute == "currentTime" {
		attribute = "$flagd.timestamp"
	}
	var values []any
	for _, v := range c.Values {
		values = append(values, v)
	}
	each := func(op authoring.Op) (authoring.Condition, bool) {
		var parts []authoring.Condition
		for _, v := range c.Values {
			if c.CaseInsensitive {
				return authoring.Condition{}, false
			}
			parts = append(parts, test(attribute, op, v))
		}
		return anyOf(parts), len(parts) > 0
	}
	number := func(op authoring.Op) (authoring.Condition, bool) {
		n, err := strconv.ParseFloat(c.Value, 64)
		return test(attribute, op, n), err == nil
	}
	switch c.Operator {
	case "IN":
		return test(attribute, authoring.In, values), len(values) > 0
	case "NOT_IN":
		return test(attribute, authoring.NotIn, values), len(values) > 0
	case "STR_CONTAINS":
		return each(authoring.Contains)
	case "STR_STARTS_WITH":
		return each(authoring.Starts)
	case "STR_ENDS_WITH":
		return each(authoring.Ends)
	case "NUM_EQ":
		return number(authoring.Is)
	case "NUM_GT":
		return number(authoring.Above)
	case "NUM_GTE":
		return number(authoring.Min)
	case "NUM_LT":
		return number(authoring.Below)
	case "NUM_LTE":
		return number(authoring.Max)
	case "SEMVER_EQ":
		return test(attribute, authoring.Semver, "= "+c.Value), true
	case "SEMVER_GT":
		return test(attribute, authoring.Semver, "> "+c.Value), true
	case "SEMVER_LT":
		return test(attribute, authoring.Semver, "< "+c.Value), true
	case "DATE_AFTER":
		return test(attribute, authoring.After, c.Value), true
	case "DATE_BEFORE":
		return test(attribute, authoring.Before, c.Value), true
	}
	return authoring.Condition{}, false
}
