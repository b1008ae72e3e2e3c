package importing

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag/authoring"
)

// fliptExport is one namespace of `flipt export`, or of a repository of flags.
type fliptExport struct {
	Flags    []fliptFlag    `yaml:"flags"`
	Segments []fliptSegment `yaml:"segments"`
}

type fliptFlag struct {
	Key         string         `yaml:"key"`
	Name        string         `yaml:"name"`
	Type        string         `yaml:"type"`
	Description string         `yaml:"description"`
	Enabled     bool           `yaml:"enabled"`
	Variants    []fliptVariant `yaml:"variants"`
	Rules       []fliptRule    `yaml:"rules"`
	Rollouts    []fliptRollout `yaml:"rollouts"`
}

type fliptVariant struct {
	Key        string `yaml:"key"`
	Default    bool   `yaml:"default"`
	Attachment any    `yaml:"attachment"`
}

type fliptRule struct {
	Segment       any      `yaml:"segment"`
	Segments      []string `yaml:"segments"`
	Operator      string   `yaml:"operator"`
	Rank          int      `yaml:"rank"`
	Distributions []struct {
		Variant string  `yaml:"variant"`
		Rollout float64 `yaml:"rollout"`
	} `yaml:"distributions"`
}

// fliptWho names segments: one by its key, several, or several as an object.
type fliptWho struct {
	segment  any
	segments []string
	operator string
}

type fliptRollout struct {
	Segment   map[string]any `yaml:"segment"`
	Threshold *struct {
		Percentage float64 `yaml:"percentage"`
		Value      bool    `yaml:"value"`
	} `yaml:"threshold"`
}

type fliptSegment struct {
	Key         string            `yaml:"key"`
	Description string            `yaml:"description"`
	Match       string            `yaml:"match_type"`
	Constraints []fliptConstraint `yaml:"constraints"`
}

type fliptConstraint struct {
	Type     string `yaml:"type"`
	Property string `yaml:"property"`
	Operator string `yaml:"operator"`
	Value    string `yaml:"value"`
}

func (i *importer) flipt(data []byte) error {
	documents := yaml.NewDecoder(bytes.NewReader(data))
	for n := 0; ; n++ {
		var in fliptExport
		if err := documents.Decode(&in); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if n == 1 {
			i.note("", "there are several namespaces: their flags are put into one project")
		}
		left := map[string]bool{}
		for _, s := range in.Segments {
			if !i.fliptSegment(s) {
				left[s.Key] = true
			}
		}
		for _, f := range in.Flags {
			if f.Type == "BOOLEAN_FLAG_TYPE" {
				i.fliptBoolean(f, left)
			} else {
				i.fliptVariants(f, left)
			}
		}
	}
}

func (i *importer) fliptSegment(in fliptSegment) bool {
	s := authoring.Segment{Name: in.Key, Project: i.options.Project, Purpose: oneLine(in.Description)}
	var parts []authoring.Condition
	for _, c := range in.Constraints {
		part, ok := fliptCondition(c)
		if !ok {
			i.note("", "the segment %s asks for %s %s %q, which cannot be carried over: it is left out, with the rules that ask for it", in.Key, c.Property, c.Operator, c.Value)
			return false
		}
		parts = append(parts, part)
	}
	switch {
	case len(parts) == 0: // everybody is in it
		s.If = &authoring.Condition{Any: []authoring.Condition{test("targetingKey", authoring.Exists, true), test("targetingKey", authoring.Exists, false)}}
	case in.Match == "ANY_MATCH_TYPE":
		c := anyOf(parts)
		s.If = &c
	default:
		c := all(parts)
		s.If = &c
	}
	i.out.Document.Segments = append(i.out.Document.Segments, s)
	return true
}

// fliptCondition is one constraint. Flipt's context has texts alone, so numbers
// and booleans are compared as Davit's clients send them.
func fliptCondition(c fliptConstraint) (authoring.Condition, bool) {
	name := c.Property
	if c.Type == "ENTITY_ID_COMPARISON_TYPE" {
		name = "targetingKey"
	}
	var value any = c.Value
	switch c.Type {
	case "NUMBER_COMPARISON_TYPE":
		if n, err := strconv.ParseFloat(strings.TrimSpace(c.Value), 64); err == nil {
			value = n
		}
	case "BOOLEAN_COMPARISON_TYPE":
		return test(name, authoring.Is, c.Operator == "true"), c.Operator == "true" || c.Operator == "false"
	}
	dates := c.Type == "DATETIME_COMPARISON_TYPE"
	switch c.Operator {
	case "eq":
		return test(name, authoring.Is, value), true
	case "neq":
		return test(name, authoring.Not, value), true
	case "prefix":
		return test(name, authoring.Starts, c.Value), true
	case "suffix":
		return test(name, authoring.Ends, c.Value), true
	case "contains":
		return test(name, authoring.Contains, c.Value), true
	case "notcontains":
		return not(test(name, authoring.Contains, c.Value)), true
	case "present":
		return test(name, authoring.Exists, true), true
	case "notpresent":
		return test(name, authoring.Exists, false), true
	case "empty":
		return fliptEmpty(name), true
	case "notempty":
		return not(fliptEmpty(name)), true
	case "isoneof", "isnotoneof":
		var list []any
		if err := yaml.Unmarshal([]byte(c.Value), &list); err != nil || len(list) == 0 {
			return authoring.Condition{}, false
		}
		for n := range list {
			if v, ok := jsonValue(list[n]); ok {
				list[n] = v
			}
		}
		op := authoring.In
		if c.Operator == "isnotoneof" {
			op = authoring.NotIn
		}
		return test(name, op, list), true
	}
	op, ok := map[string]authoring.Op{"lt": authoring.Below, "lte": authoring.Max, "gt": authoring.Above, "gte": authoring.Min}[c.Operator]
	_, number := value.(float64)
	switch {
	case dates && (c.Operator == "lt" || c.Operator == "lte"):
		return test(name, authoring.Before, c.Value), true
	case dates && (c.Operator == "gt" || c.Operator == "gte"):
		return test(name, authoring.After, c.Value), true
	}
	return test(name, op, value), ok && number
}

func fliptEmpty(name string) authoring.Condition {
	return authoring.Condition{Any: []authoring.Condition{test(name, authoring.Exists, false), test(name, authoring.Is, "")}}
}

// condition holds for those in the segments; false: one of them is left out.
func (w fliptWho) condition(left map[string]bool) (authoring.Condition, bool) {
	keys, operator := slices.Clone(w.segments), w.operator
	switch s := w.segment.(type) {
	case string:
		keys = append(keys, s)
	case map[string]any:
		if o, ok := s["operator"].(string); ok {
			operator = o
		}
		if key, ok := s["key"].(string); ok {
			keys = append(keys, key)
		}
		list, _ := s["keys"].([]any)
		for _, key := range list {
			keys = append(keys, fmt.Sprint(key))
		}
	}
	if len(keys) == 0 || slices.ContainsFunc(keys, func(k string) bool { return left[k] }) {
		return authoring.Condition{}, false
	}
	if operator == "AND_SEGMENT_OPERATOR" {
		var parts []authoring.Condition
		for _, key := range keys {
			parts = append(parts, authoring.Condition{Segments: []string{key}})
		}
		return all(parts), true
	}
	return authoring.Condition{Segments: keys}, true
}

// fliptBoolean makes a flag of on and off. What it gives where no rollout
// applies is whether it is enabled.
func (i *importer) fliptBoolean(in fliptFlag, left map[string]bool) {
	f := i.flag(in.Key, "release", "", cmp.Or(in.Description, in.Name))
	f.Variants = onOff()
	side := map[bool]string{true: "on", false: "off"}
	s := authoring.State{On: true, Off: "off", Serve: authoring.Outcome{Variant: side[in.Enabled]}}
	for n, r := range in.Rollouts {
		if r.Threshold == nil {
			value, _ := r.Segment["value"].(bool)
			c, ok := fliptWho{segment: r.Segment}.condition(left)
			if !ok {
				i.note(in.Key, "rollout %d is left out", n+1)
				continue
			}
			s.Rules = append(s.Rules, authoring.Rule{Name: fmt.Sprintf("rollout-%d", n+1), If: c, Outcome: authoring.Outcome{Variant: side[value]}})
			continue
		}
		if n+1 < len(in.Rollouts) {
			i.note(in.Key, "rollout %d is for a share of everybody: Flipt tries those after it for the others, here they get %s", n+1, side[in.Enabled])
		}
		s.Serve = i.fliptThreshold(&f, n, r.Threshold.Percentage, r.Threshold.Value, in.Enabled)
		break
	}
	put(&f, i.options.Environment, s)
	i.add(f)
}

func (i *importer) fliptThreshold(f *authoring.Flag, n int, percent float64, value, others bool) authoring.Outcome {
	side := map[bool]string{true: "on", false: "off"}
	share := davit.Percent(math.Ceil(float64(float32(percent)))) // of Flipt's hundred slots, those below it
	switch {
	case share <= 0 || value == others:
		return authoring.Outcome{Variant: side[others]}
	case share >= davit.Full:
		return authoring.Outcome{Variant: side[value]}
	case !value:
		i.note(f.Key, "rollout %d takes a share away from those who have it: its users are re-assigned", n+1)
	default:
		f.Hash = &authoring.Hash{Name: "flipt-threshold"}
	}
	return authoring.Outcome{Split: authoring.Ordered[davit.Weight]{{Name: side[value], Value: share}, {Name: side[!value], Value: davit.Full - share}}}
}

// fliptVariants makes a flag of a variant flag: its value is the attachment, if
// all variants have an object there, else the variant's key.
func (i *importer) fliptVariants(in fliptFlag, left map[string]bool) {
	f := i.flag(in.Key, "release", "", cmp.Or(in.Description, in.Name))
	objects := len(in.Variants) > 0
	for _, v := range in.Variants {
		_, is := v.Attachment.(map[string]any)
		objects = objects && is
	}
	off := ""
	for _, v := range in.Variants {
		var value any = v.Key
		if objects {
			value, _ = jsonValue(v.Attachment)
		} else if v.Attachment != nil {
			i.note(in.Key, "the attachment of %s is left out: not all variants have an object", v.Key)
		}
		f.Variants = append(f.Variants, authoring.Named[any]{Name: v.Key, Value: value})
		if v.Default {
			off = v.Key
		}
	}
	if len(f.Variants) == 0 {
		i.note(in.Key, "it has no variants: it is left out")
		return
	}
	if off == "" {
		off = f.Variants[len(f.Variants)-1].Name
		i.note(in.Key, "Flipt gives no variant where no rule holds; here it gives %s", off)
	}
	s := authoring.State{On: true, Off: off, Disabled: !in.Enabled, Serve: authoring.Outcome{Variant: off}}
	rules := slices.Clone(in.Rules)
	slices.SortStableFunc(rules, func(a, b fliptRule) int { return cmp.Compare(a.Rank, b.Rank) })
	for n, r := range rules {
		c, ok := fliptWho{r.Segment, r.Segments, r.Operator}.condition(left)
		o, fine := i.fliptDistribution(&f, off, r)
		if !ok || !fine {
			i.note(in.Key, "rule %d is left out", n+1)
			continue
		}
		s.Rules = append(s.Rules, authoring.Rule{Name: fmt.Sprintf("rule-%d", n+1), If: c, Outcome: o})
	}
	put(&f, i.options.Environment, s)
	i.add(f)
}

// fliptDistribution deals out variants over a thousand slots. Where the shares
// add up to less than a hundred, the rest gets none, which is the off variant
// here.
func (i *importer) fliptDistribution(f *authoring.Flag, off string, r fliptRule) (authoring.Outcome, bool) {
	var shares []float32
	var ends []end
	sum := float32(0)
	for _, d := range r.Distributions {
		if !f.Variants.Has(d.Variant) || d.Rollout < 0 || d.Rollout > 100 {
			return authoring.Outcome{}, false
		}
		if share := float32(d.Rollout); share > 0 {
			shares, sum = append(shares, share), sum+share
			ends = append(ends, end{variant: d.Variant})
		}
	}
	if sum > 100.1 {
		return authoring.Outcome{}, false
	}
	if len(ends) == 0 {
		return authoring.Outcome{Variant: off}, true
	}
	spread, early, apart := fliptSlots(shares, sum)
	slots := spread
	switch {
	case sum < 99.9:
		i.note(f.Key, "the shares of a rule add up to %g %%: those beyond get %s, as in Flipt before 2.9, which later deals them out among the others", sum, off)
		slots = early
	case apart:
		i.note(f.Key, "Flipt's releases part by a slot of a thousand where a share ends: here it ends where Flipt's server has it since 2.9")
	}
	for n := range ends {
		ends[n].at = davit.Full / fliptAll * davit.Weight(slots[n])
	}
	o := i.laidOut(f.Key, append(ends, end{off, davit.Full}))
	if len(o.Split) > 0 {
		f.Hash = &authoring.Hash{Name: "flipt-crc32"}
	}
	return o, true
}

// fliptAll is how many slots Flipt deals out.
const fliptAll = 1000

// fliptSlots is where shares end, in slots. Flipt's server makes them a
// thousand since 2.9 (spread); before, each was cut to whole slots (early). apart
// says that they, or its clients that evaluate by themselves, which round, put an
// end elsewhere. All is in float32, as there.
func fliptSlots(shares []float32, sum float32) (spread, early []int, apart bool) {
	running, before := float32(0), 0
	for n, share := range shares {
		part := share / sum * 100
		running += part
		tenths, one := running*10, share*10
		before += int(one)
		cut, round := int(tenths), int(math.Round(float64(tenths)))
		if n == len(shares)-1 {
			cut, round = fliptAll, fliptAll
		}
		spread, early = append(spread, cut), append(early, before)
		apart = apart || cut != round || cut != before
	}
	return spread, early, apart
}
