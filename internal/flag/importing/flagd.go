package importing

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag/authoring"
)

type flagdFile struct {
	Flags      authoring.Ordered[flagdFlag] `json:"flags"`
	Evaluators map[string]any               `json:"$evaluators"`
}

type flagdFlag struct {
	State     string                 `json:"state"`
	Variants  authoring.Ordered[any] `json:"variants"`
	Default   *string                `json:"defaultVariant"`
	Targeting json.RawMessage        `json:"targeting"`
	Metadata  map[string]any         `json:"metadata"`
}

func (i *importer) flagd(data []byte) error {
	var in flagdFile
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(in.Evaluators)) {
		c, ok := logic(in.Evaluators[name])
		if !ok {
			i.note("", "the evaluator %s cannot be written as a segment: rules that ask for it are left out", name)
			continue
		}
		i.out.Document.Segments = append(i.out.Document.Segments, authoring.Segment{Name: name, Project: i.options.Project, If: &c})
	}
	for _, e := range in.Flags {
		i.flagdFlag(e.Name, e.Value)
	}
	return nil
}

func (i *importer) flagdFlag(key string, in flagdFlag) {
	text := func(name string) string {
		s, _ := in.Metadata[name].(string)
		return s
	}
	f := i.flag(key, text("kind"), text("owner"), text("purpose"))
	f.Variants = in.Variants
	off := ""
	if in.Default != nil {
		off = *in.Default
	} else if len(in.Variants) > 0 {
		off = in.Variants[len(in.Variants)-1].Name
		i.note(key, "it has no default variant: where its targeting gives nothing it gives %q, not the program's own default", off)
	}
	s := authoring.State{On: true, Off: off, Serve: authoring.Outcome{Variant: off}, Disabled: in.State == "DISABLED"}
	if len(in.Targeting) > 0 && string(bytes.TrimSpace(in.Targeting)) != "{}" {
		var tree any
		if err := json.Unmarshal(in.Targeting, &tree); err != nil {
			i.note(key, "its targeting cannot be read")
		} else if !i.flagdTargeting(&f, &s, tree) {
			i.note(key, "its targeting cannot be written as rules: it gives %q to everybody and is off", off)
			s.Rules, s.Serve, s.On = nil, authoring.Outcome{Variant: off}, false
		}
	}
	put(&f, environmentName(i.options.Environment), s)
	i.add(f)
}

// flagdTargeting reads a chain of if, or what such a chain may end with.
func (i *importer) flagdTargeting(f *authoring.Flag, s *authoring.State, tree any) bool {
	args, ok := operator(tree, "if")
	if !ok {
		o, ok := i.flagdOutcome(f, s, tree)
		s.Serve = o
		return ok
	}
	for n := 0; n+1 < len(args); n += 2 {
		c, fine := logic(args[n])
		o, serves := i.flagdOutcome(f, s, args[n+1])
		if !fine || !serves {
			return false
		}
		s.Rules = append(s.Rules, authoring.Rule{Name: fmt.Sprintf("rule-%d", len(s.Rules)+1), If: c, Outcome: o})
	}
	if len(args)%2 == 1 && args[len(args)-1] != nil {
		return i.flagdTargeting(f, s, args[len(args)-1])
	}
	return true
}

func (i *importer) flagdOutcome(f *authoring.Flag, s *authoring.State, tree any) (authoring.Outcome, bool) {
	switch v := tree.(type) {
	case string:
		return authoring.Outcome{Variant: v}, f.Variants.Has(v)
	case bool, float64:
		name := fmt.Sprint(v)
		return authoring.Outcome{Variant: name}, f.Variants.Has(name)
	case nil:
		return authoring.Outcome{Variant: s.Off}, true
	}
	args, ok := operator(tree, "fractional")
	if !ok || len(args) == 0 {
		return authoring.Outcome{}, false
	}
	if _, pair := args[0].([]any); pair { // the shorthand: by the flag's key and the user's
		if !salted(f, f.Key) {
			return authoring.Outcome{}, false
		}
	} else if !flagdBucket(f, s, args[0]) {
		return authoring.Outcome{}, false
	} else {
		args = args[1:]
	}
	return fractions(f, args)
}

// flagdBucket reads what a split goes by: an attribute, or a text before one.
func flagdBucket(f *authoring.Flag, s *authoring.State, tree any) bool {
	parts, ok := operator(tree, "cat")
	if !ok || len(parts) != 2 {
		return false
	}
	name, isVar := attributeOf(parts[1])
	if !isVar {
		return false
	}
	if name != "targetingKey" {
		s.By = name
	}
	if first, isVar := attributeOf(parts[0]); isVar && first == "$flagd.flagKey" {
		return salted(f, f.Key)
	}
	salt, isText := parts[0].(string)
	return isText && salt != "" && salted(f, salt)
}

// salted notes the salt of a flag's splits, which have one; false: another one.
func salted(f *authoring.Flag, salt string) bool {
	if f.Hash != nil {
		return f.Hash.Salt == salt
	}
	f.Hash = &authoring.Hash{Name: "murmur3-v2", Salt: salt}
	return true
}

// fractions reads the shares of a split, scaled to hundredths of a percent.
func fractions(f *authoring.Flag, args []any) (authoring.Outcome, bool) {
	total := 0.0
	var weights []float64
	var names []string
	for _, a := range args {
		pair, _ := a.([]any)
		if len(pair) == 0 {
			return authoring.Outcome{}, false
		}
		name, _ := pair[0].(string)
		weight := 1.0
		if len(pair) > 1 {
			w, ok := pair[1].(float64)
			if !ok {
				return authoring.Outcome{}, false
			}
			weight = max(0, w)
		}
		if !f.Variants.Has(name) || slices.Contains(names, name) {
			return authoring.Outcome{}, false
		}
		total += weight
		weights, names = append(weights, weight), append(names, name)
	}
	split := authoring.Ordered[davit.Weight]{}
	for n, w := range weights {
		split = append(split, authoring.Named[davit.Weight]{Name: names[n], Value: davit.Percent(100 * w / total)})
	}
	return authoring.Outcome{Split: whole(split)}, total > 0
}

// operator returns the arguments of an operator.
func operator(tree any, name string) ([]any, bool) {
	m, ok := tree.(map[string]any)
	if !ok || len(m) != 1 {
		return nil, false
	}
	v, ok := m[name]
	if !ok {
		return nil, false
	}
	if list, isList := v.([]any); isList {
		return list, true
	}
	return []any{v}, true
}

func attributeOf(tree any) (string, bool) {
	args, ok := operator(tree, "var")
	if !ok || len(args) == 0 {
		return "", false
	}
	name, ok := args[0].(string)
	return name, ok && name != "" && len(args) == 1
}

// logic reads a JSONLogic expression as a condition; false: it is none that can
// be written as one.
func logic(tree any) (authoring.Condition, bool) {
	m, ok := tree.(map[string]any)
	if !ok || len(m) != 1 {
		return authoring.Condition{}, false
	}
	for name := range m {
		args, _ := operator(tree, name)
		switch name {
		case "and", "or":
			var parts []authoring.Condition
			for _, a := range args {
				c, ok := logic(a)
				if !ok {
					return c, false
				}
				parts = append(parts, c)
			}
			if name == "and" {
				return all(parts), len(parts) > 0
			}
			return anyOf(parts), len(parts) > 0
		case "!":
			if len(args) != 1 {
				return authoring.Condition{}, false
			}
			c, ok := logic(args[0])
			return not(c), ok
		case "$ref":
			segment, ok := args[0].(string)
			return authoring.Condition{Segments: []string{segment}}, ok
		}
		return comparison(name, args)
	}
	return authoring.Condition{}, false
}

func comparison(name string, args []any) (authoring.Condition, bool) {
	if name == "sem_ver" && len(args) == 3 {
		attribute, ok := attributeOf(args[0])
		return test(attribute, authoring.Semver, strings.TrimSpace(fmt.Sprint(args[1], " ", args[2]))), ok
	}
	if len(args) != 2 {
		return authoring.Condition{}, false
	}
	attribute, first := attributeOf(args[0])
	if name == "in" && !first { // text within an attribute
		attribute, ok := attributeOf(args[1])
		text, isText := args[0].(string)
		return test(attribute, authoring.Contains, text), ok && isText
	}
	ops := map[string]authoring.Op{
		"==": authoring.Is, "===": authoring.Is, "!=": authoring.Not, "!==": authoring.Not, ">": authoring.Above, ">=": authoring.Min, "<": authoring.Below, "<=": authoring.Max,
		"in": authoring.In, "starts_with": authoring.Starts, "ends_with": authoring.Ends,
	}
	op, ok := ops[name]
	value := args[1]
	switch value.(type) {
	case map[string]any:
		return authoring.Condition{}, false
	case []any:
		ok = ok && op == authoring.In
	case nil:
		return test(attribute, authoring.Exists, op == authoring.Not), first && (op == authoring.Is || op == authoring.Not)
	default:
		ok = ok && op != authoring.In
	}
	return test(attribute, op, value), ok && first
}
