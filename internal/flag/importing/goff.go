package importing

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag/authoring"
)

// goffFlag is a flag of GO Feature Flag's configuration, a map of flags by key
// in YAML or JSON.
type goffFlag struct {
	Variations   map[string]any `yaml:"variations"`
	Targeting    []goffRule     `yaml:"targeting"`
	Default      *goffRule      `yaml:"defaultRule"`
	Disable      bool           `yaml:"disable"`
	BucketingKey string         `yaml:"bucketingKey"`
	Scheduled    []any          `yaml:"scheduledRollout"`
	Experiment   map[string]any `yaml:"experimentation"`
	Metadata     map[string]any `yaml:"metadata"`
}

type goffRule struct {
	Name        string             `yaml:"name"`
	Query       string             `yaml:"query"`
	Variation   string             `yaml:"variation"`
	Percentage  map[string]float64 `yaml:"percentage"`
	Progressive *goffProgressive   `yaml:"progressiveRollout"`
	Disable     bool               `yaml:"disable"`
}

type goffProgressive struct {
	Initial goffStep `yaml:"initial"`
	End     goffStep `yaml:"end"`
}

type goffStep struct {
	Variation  string    `yaml:"variation"`
	Percentage float64   `yaml:"percentage"`
	Date       time.Time `yaml:"date"`
}

func (i *importer) goff(data []byte) error {
	in := map[string]goffFlag{}
	if err := yaml.Unmarshal(data, &in); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(in)) {
		i.goffFlag(key, in[key])
	}
	return nil
}

func (i *importer) goffFlag(key string, in goffFlag) {
	owner, _ := in.Metadata["owner"].(string)
	purpose, _ := in.Metadata["description"].(string)
	kind := "release"
	if len(in.Experiment) > 0 {
		kind = "experiment"
		i.note(key, "its experimentation's dates are left out: davit experiments begins and ends one")
	}
	if len(in.Scheduled) > 0 {
		i.note(key, "its scheduledRollout is left out: davit flags schedule plans a change")
	}
	f := i.flag(key, kind, owner, purpose)
	for _, name := range slices.Sorted(maps.Keys(in.Variations)) {
		v, ok := jsonValue(in.Variations[name])
		if !ok {
			i.note(key, "its variation %s is of a type a flag cannot have: it is left out", name)
			return
		}
		f.Variants = append(f.Variants, authoring.Named[any]{Name: name, Value: v})
	}
	if in.Default == nil || len(f.Variants) == 0 {
		i.note(key, "it has no variations, or no defaultRule: it is left out")
		return
	}
	off, _ := f.Variant()
	s := authoring.State{On: true, Off: off, Disabled: in.Disable}
	if in.BucketingKey != "" {
		s.By = in.BucketingKey
	}
	for n, r := range in.Targeting {
		if !i.goffRule(&f, &s, n, r) {
			i.note(key, "rule %d is left out", n+1)
		}
	}
	o, ok := i.goffOutcome(&f, "the default rule", *in.Default)
	if !ok {
		i.note(key, "what it gives by default cannot be carried over: it gives %s", off)
		o = authoring.Outcome{Variant: off}
	}
	s.Serve = o
	if len(f.Variants) == 1 { // a flag that gives one value in all cases still has another side
		if v, isBool := f.Variants[0].Value.(bool); isBool {
			gbVariant(&f, !v)
		}
	}
	put(&f, i.options.Environment, s)
	i.add(f)
}

// jsonValue makes a value as JSON has it; false: a flag's variant cannot be that.
func jsonValue(v any) (any, bool) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, false
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, false
	}
	switch out.(type) {
	case bool, string, float64, map[string]any:
		return out, true
	}
	return nil, false
}

func (i *importer) goffRule(f *authoring.Flag, s *authoring.State, n int, r goffRule) bool {
	if r.Disable {
		return true // it is as good as not there
	}
	condition, err := goffQuery(r.Query)
	if err != nil {
		i.note(f.Key, "rule %d asks %q: %v", n+1, oneLine(r.Query), err)
		return false
	}
	o, ok := i.goffOutcome(f, fmt.Sprintf("rule %d", n+1), r)
	if !ok {
		return false
	}
	name := r.Name
	if name == "" {
		name = fmt.Sprintf("rule-%d", n+1)
	}
	s.Rules = append(s.Rules, authoring.Rule{Name: oneLine(name), If: condition, Outcome: o})
	return true
}

// goffOutcome is what a rule gives. Its shares are dealt out by the flag's key
// and the user's, whichever rule it is.
func (i *importer) goffOutcome(f *authoring.Flag, where string, r goffRule) (authoring.Outcome, bool) {
	switch {
	case r.Progressive != nil:
		return i.goffProgressive(f, where, *r.Progressive)
	case len(r.Percentage) == 0:
		return authoring.Outcome{Variant: r.Variation}, f.Variants.Has(r.Variation)
	}
	names := slices.Sorted(maps.Keys(r.Percentage))
	slices.Reverse(names) // the order in which they lie
	whole := 0.0
	for _, name := range names {
		if whole += r.Percentage[name]; !f.Variants.Has(name) || r.Percentage[name] < 0 {
			return authoring.Outcome{}, false
		}
	}
	if whole <= 0 {
		return authoring.Outcome{}, false
	}
	scale := 1.0
	if math.Abs(whole-100) > 0.001 {
		i.note(f.Key, "the percentages of %s add up to %g: they are made 100, so some users are re-assigned", where, whole)
		scale = 100 / whole
	}
	var ends []end
	sum := 0.0
	for n, name := range names {
		sum += r.Percentage[name] * scale * 100 // in hundredths
		at := math.Round(sum)
		if n == len(names)-1 {
			at = float64(davit.Full)
		}
		if math.Abs(sum-at) > 1e-6 {
			i.note(f.Key, "the percentages of %s are finer than a hundredth: each share's end is rounded, so up to 0.005 %% of the users are re-assigned there", where)
		}
		ends = append(ends, end{name, davit.Weight(at)})
	}
	o := i.laidOut(f.Key, ends)
	if len(o.Split) == 0 {
		return o, true
	}
	f.Hash = &authoring.Hash{Name: "goff-fnv"}
	kept := 0.0
	for _, e := range o.Split {
		kept += float64(e.Value) / 100
	}
	if had, has := uint32(whole*1000), uint32(kept*1000); had != has && scale == 1 {
		i.note(f.Key, "the percentages of %s add up to %d slots in GO Feature Flag's arithmetic, and rounded to %d: users are re-assigned", where, had, has)
	}
	return o, true
}

// goffProgressive is a share that grows with time. What it gives once it has
// ended is kept user by user; one that still moves is dealt out anew.
func (i *importer) goffProgressive(f *authoring.Flag, where string, p goffProgressive) (authoring.Outcome, bool) {
	from, to := p.Initial, p.End
	if !f.Variants.Has(from.Variation) || !f.Variants.Has(to.Variation) || !to.Date.After(from.Date) {
		return authoring.Outcome{}, false
	}
	if to.Percentage == 0 || to.Percentage > 100 {
		to.Percentage = 100
	}
	if !i.options.Now.Before(to.Date) && to.Percentage == 100 {
		return authoring.Outcome{Variant: to.Variation}, true
	}
	i.note(f.Key, "%s grows with time: its users are re-assigned, since the ramp is Davit's own", where)
	return authoring.Outcome{Linear: &authoring.Linear{
		Variant: to.Variation, Others: from.Variation, From: davit.Percent(from.Percentage), To: davit.Percent(to.Percentage),
		Begin: from.Date.UTC().Truncate(time.Second), End: to.Date.UTC().Truncate(time.Second),
	}}, true
}

// goffAttribute is Davit's name of an attribute.
func goffAttribute(name string) string {
	if name == "key" || name == "targetingKey" {
		return "targetingKey"
	}
	return strings.TrimSpace(name)
}
