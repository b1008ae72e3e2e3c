package importing

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag/authoring"
)

// Options say what an export does not.
type Options struct {
	Project     string
	Environment string // where the export names none
	Owner       string // where a flag has none
	Now         time.Time
}

// Note is something that could not be carried over as it was.
type Note struct {
	Flag string // empty: the whole
	Text string
}

// Result is what an export became.
type Result struct {
	Document authoring.Document
	Notes    []Note
}

// Formats returns the names of the formats that can be read.
func Formats() []string {
	return []string{"flagd", "unleash", "growthbook", "launchdarkly", "goff", "flipt"}
}

// Import reads an export.
func Import(format string, data []byte, o Options) (Result, error) {
	i := &importer{options: o, out: Result{Document: authoring.Document{Project: o.Project}}}
	var err error
	switch format {
	case "flagd":
		err = i.flagd(data)
	case "unleash":
		err = i.unleash(data)
	case "growthbook":
		err = i.growthbook(data)
	case "launchdarkly":
		err = i.launchdarkly(data)
	case "goff":
		err = i.goff(data)
	case "flipt":
		err = i.flipt(data)
	default:
		return Result{}, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("there is no format %q", format), Hint: "one of " + strings.Join(Formats(), ", ")}
	}
	if err != nil {
		return Result{}, &davit.Error{Kind: davit.Invalid, Text: "read the export as " + format + ": " + err.Error()}
	}
	slices.SortFunc(i.out.Document.Flags, func(a, b authoring.Flag) int { return strings.Compare(a.Key, b.Key) })
	slices.SortFunc(i.out.Document.Segments, func(a, b authoring.Segment) int { return strings.Compare(a.Name, b.Name) })
	if len(i.out.Document.Flags) == 0 {
		return i.out, &davit.Error{Kind: davit.Invalid, Text: "the export has no flags", Hint: "is it of the format " + format + "?"}
	}
	if err := authoring.Refuse(authoring.Check(i.out.Document.Flags, i.out.Document.Segments, i.out.Document.Groups)); err != nil {
		return i.out, err
	}
	text, err := i.out.Document.YAML() // what was taken over must be what a person may write
	if err != nil {
		return i.out, err
	}
	_, err = authoring.Parse("the imported document", text, authoring.Defaults{Project: o.Project, Now: o.Now})
	return i.out, err
}

type importer struct {
	options    Options
	out        Result
	ldVariants map[string][]string // LaunchDarkly's variations by flag
}

func (i *importer) note(flag, format string, args ...any) {
	n := Note{flag, fmt.Sprintf(format, args...)}
	if !slices.Contains(i.out.Notes, n) {
		i.out.Notes = append(i.out.Notes, n)
	}
}

// flag begins a flag.
func (i *importer) flag(key, kind, owner, purpose string) authoring.Flag {
	f := authoring.Flag{
		Key: key, Project: i.options.Project, Kind: authoring.Release, Owner: strings.TrimSpace(owner), Purpose: strings.TrimSpace(purpose),
		Created: i.options.Now.UTC().Truncate(time.Second),
	}
	if slices.Contains(authoring.Kinds(), authoring.Kind(kind)) {
		f.Kind = authoring.Kind(kind)
	}
	if f.Owner == "" {
		f.Owner = i.options.Owner
	}
	if f.Purpose == "" {
		f.Purpose = "Imported; nobody has said what it is for."
	}
	f.Expires = f.Kind.Expiry(f.Created)
	return f
}

// put adds an environment.
func put(f *authoring.Flag, environment string, s authoring.State) { *f = f.With(environment, s) }

func (i *importer) add(f authoring.Flag) { i.out.Document.Flags = append(i.out.Document.Flags, f) }

// environmentName makes a name of an environment that Davit takes.
func environmentName(s string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9' && b.Len() > 0:
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	if n := strings.Trim(b.String(), "-"); n != "" {
		return n[:min(len(n), 40)]
	}
	return "production"
}

func all(parts []authoring.Condition) authoring.Condition {
	if len(parts) == 1 {
		return parts[0]
	}
	return authoring.Condition{All: parts}
}

func anyOf(parts []authoring.Condition) authoring.Condition {
	if len(parts) == 1 {
		return parts[0]
	}
	return authoring.Condition{Any: parts}
}

func test(attribute string, op authoring.Op, v any) authoring.Condition {
	return authoring.Condition{Attribute: attribute, Tests: []authoring.Test{{Op: op, Value: v}}}
}

func not(c authoring.Condition) authoring.Condition { return authoring.Condition{Not: &c} }

// onOff returns on and off.
func onOff() authoring.Ordered[any] {
	return authoring.Ordered[any]{{Name: "on", Value: true}, {Name: "off", Value: false}}
}

// whole makes weights add up to all, giving what is missing by rounding to the
// largest.
func whole(split authoring.Ordered[davit.Weight]) authoring.Ordered[davit.Weight] {
	var sum davit.Weight
	largest := 0
	for n, e := range split {
		sum += e.Value
		if e.Value > split[largest].Value {
			largest = n
		}
	}
	if len(split) > 0 && sum != davit.Full && davit.Full-sum < 100 && sum-davit.Full < 100 {
		split[largest].Value += davit.Full - sum
	}
	return split
}

// end is where a variant's share ends, from 0 to davit.Full; it begins where the
// one before ends.
type end struct {
	variant string
	at      davit.Weight
}

// laidOut makes shares of where they end, so that rounding moves each end by no
// more than half of what a weight counts. The last one ends at davit.Full.
func (i *importer) laidOut(key string, ends []end) authoring.Outcome {
	split := authoring.Ordered[davit.Weight]{}
	from := davit.Weight(0)
	for _, e := range ends {
		share := e.at - from
		if from = max(from, e.at); share <= 0 {
			continue
		}
		n := slices.Index(split.Names(), e.variant)
		if n < 0 {
			split = append(split, authoring.Named[davit.Weight]{Name: e.variant, Value: share})
			continue
		}
		if n < len(split)-1 {
			i.note(key, "%s has shares that lie apart: they are put together, so some users are re-assigned", e.variant)
		}
		split[n].Value += share
	}
	if len(split) == 1 {
		return authoring.Outcome{Variant: split[0].Name}
	}
	return authoring.Outcome{Split: split}
}
