package spec

import (
	"encoding/json"
	"strconv"
)

// Schema returns the JSON Schema (draft 2020-12) of davit.yaml, for editors.
// It accepts whatever Parse accepts; Parse also refuses what only shows when
// several keys are seen together.
func Schema(known Known) []byte {
	w := &schemaWriter{defs: object{}, texts: map[string]string{}}
	root := root(known)
	top := w.shape(&root)
	top["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	top["title"] = "davit.yaml"
	top["description"] = "How the services of a repository are tested, built, run and released by Davit."
	top["$defs"] = w.defs
	out, err := json.MarshalIndent(top, "", "  ")
	if err != nil {
		return nil // maps of plain values always marshal
	}
	return append(out, '\n')
}

type object = map[string]any

// schemaWriter moves what is long into $defs, so that what stands in several
// places is written once.
type schemaWriter struct {
	defs  object
	texts map[string]string // JSON of a definition to its name
}

func (w *schemaWriter) key(k *Key) object {
	s := w.shape(&k.Shape)
	if text, err := json.Marshal(s); err == nil && len(text) > 300 {
		name, ok := w.texts[string(text)]
		if !ok {
			name = k.Name
			for i := 2; w.defs[name] != nil; i++ {
				name = k.Name + strconv.Itoa(i)
			}
			w.texts[string(text)], w.defs[name] = name, s
		}
		s = object{"$ref": "#/$defs/" + name}
	}
	s["description"] = k.Doc
	if k.Default != "" && k.Last == "" && k.Assumed == "" {
		if n := readDefault(k.Default); n.form == scalar {
			s["default"] = literal(n)
		}
	}
	return s
}

func literal(n *node) any {
	if n.flavour == integer || n.flavour == decimal || n.flavour == boolean {
		return json.RawMessage(n.text)
	}
	return n.text
}

// shape returns the schema of a value.
func (w *schemaWriter) shape(s *Shape) object {
	forms := w.forms(s)
	if len(forms) == 1 {
		return forms[0]
	}
	return object{"anyOf": forms}
}

func (w *schemaWriter) forms(s *Shape) []object {
	var forms []object
	switch {
	case len(s.Enum) > 0:
		forms = append(forms, object{"enum": s.Enum})
	case s.Type != "":
		forms = append(forms, scalarSchema(s)...)
	}
	if len(s.Kinds) > 0 {
		forms = append(forms, w.kindForms(s)...)
	}
	if s.Items != nil {
		list := object{"type": "array", "items": w.shape(s.Items)}
		if s.Least > 0 {
			list["minItems"] = s.Least
		}
		forms = append(forms, list)
		if s.Type == "" {
			forms = append(forms, w.forms(s.Items)...)
		}
	}
	if s.Values != nil {
		forms = append(forms, w.named(s))
	}
	if len(s.Keys) > 0 {
		for i := range s.Keys {
			if s.Keys[i].Name == s.Short {
				for _, f := range w.forms(&s.Keys[i].Shape) {
					if f["type"] != "object" {
						forms = append(forms, f)
					}
				}
			}
		}
		forms = append(forms, w.keyed(s.Keys, s))
	}
	if s.Off {
		forms = append(forms, object{"enum": []any{"off", "none", false}})
	}
	return forms
}

// named is a map whose names are free.
func (w *schemaWriter) named(s *Shape) object {
	values := w.forms(s.Values)
	if s.Values.Type == "" {
		values = append(values, object{"type": "null"})
	}
	m := object{"type": "object", "additionalProperties": object{"anyOf": values}}
	if g := grammarOf(s.Names); g.pattern != "" {
		m["propertyNames"] = object{"pattern": "^(?:" + g.pattern + ")$"}
	}
	if s.Least > 0 {
		m["minProperties"] = s.Least
	}
	return m
}

func (w *schemaWriter) kindForms(s *Shape) []object {
	properties := object{}
	for _, k := range s.Kinds {
		settings := object{"type": "object", "additionalProperties": false}
		if len(k.Keys) > 0 {
			settings = w.keyed(k.Keys, &Shape{})
		}
		properties[k.Name] = object{"anyOf": []object{settings, {"type": "null"}}, "description": k.Doc}
	}
	return []object{
		{"enum": kindNames(s.Kinds)},
		{"type": "object", "properties": properties, "additionalProperties": false, "minProperties": 1, "maxProperties": 1},
	}
}

func (w *schemaWriter) keyed(keys []Key, s *Shape) object {
	properties, required := object{}, []string{}
	for i := range keys {
		properties[keys[i].Name] = w.key(&keys[i])
		if keys[i].Need {
			required = append(required, keys[i].Name)
		}
	}
	m := object{"type": "object", "properties": properties, "additionalProperties": false}
	either := len(s.One) > 0 && s.Need
	if len(required) > 0 && !either {
		m["required"] = required
	}
	var one []object
	for i, name := range s.One {
		needed := []string{name}
		if either && i == 0 { // the first of them stands beside the other keys: a single service
			needed = append(needed, required...)
		}
		one = append(one, object{"required": needed})
	}
	switch {
	case either:
		m["oneOf"] = one
	case len(one) == 2:
		m["not"] = object{"required": s.One}
	}
	return m
}

func scalarSchema(s *Shape) []object {
	g := grammarOf(s.Type)
	number := object{"type": "number"}
	if s.Max != 0 {
		number["minimum"], number["maximum"] = s.Min, s.Max
	}
	written := object{"type": "string"}
	if g.pattern != "" {
		written["pattern"] = "^(?:" + g.pattern + ")$"
	}
	switch s.Type {
	case Switch:
		return []object{{"type": "boolean"}}
	case Whole:
		number["type"] = "integer"
		return []object{number}
	case Number:
		return []object{number}
	case Percent:
		return []object{number, written}
	case Duration:
		return []object{written, {"const": 0}}
	case Text, Value:
		return []object{{"type": []string{"string", "number", "boolean"}}}
	case Name, Branch, Host, SecretName, Header, Path, Glob: // 1.0 is a fine name of a branch
		return []object{written, {"type": "number"}}
	}
	return []object{written}
}
