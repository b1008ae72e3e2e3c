package spec

import (
	"fmt"
	"strings"
)

// Reference returns the reference page of davit.yaml in Markdown, made from
// the same tables that Parse reads by.
func Reference(known Known) []byte {
	p := &page{seen: map[string]bool{}}
	p.b.WriteString(`# davit.yaml

<!-- Made from the tables in internal/spec; go test ./internal/spec -update rewrites it. -->

This is every key of ` + "`davit.yaml`" + `, the file at the top of a repository that says how its services are tested, built, run and released.
[The guide](../guides/davit-yaml.md) shows how to get there step by step. For editors there is a [JSON Schema](davit.schema.json).
The simple case is five lines:

` + "```yaml" + `
service: shop
test: go test ./...
build: go build -o out/shop .
package: out
run: ./shop
` + "```" + `

The file is YAML 1.2 in UTF-8, at most 1 MiB, one document, without anchors, aliases, tags and merge keys. A key that is not on this page is an error.

- **Where a list is expected, a single item may stand without it**: ` + "`needs: build` is `needs: [build]`" + `.
- **Short forms**: where a map has a short form, a bare value stands for the key that is named: ` + "`health: /healthz` is `health: {ready: {http: /healthz}}`" + `.
- **Durations** have units: ` + "`500ms`, `30s`, `5m`, `1h30m`, `7d`" + `. **Percentages** are ` + "`5`, `0.5` or `5%`" + `, all of them percent. **Sizes** have units: ` + "`256MiB`, `1GiB`" + `.
- **YAML 1.2** reads ` + "`yes`, `no`, `on` and `off`" + ` as text; switches are ` + "`true` and `false`" + `.
- **Paths and patterns** stay inside the repository. In patterns ` + "`*` and `?` match within a name, `**` any number of folders" + `; a folder stands for all that is below it.

`)
	root := root(known)
	p.section("Top level", "One of `service` and `services` is given.", &root)
	p.kinds("Gates", known.Gates)
	return []byte(p.b.String())
}

// page collects sections: a table for each map of keys, then those of the maps
// inside it.
type page struct {
	b    strings.Builder
	seen map[string]bool
}

func (p *page) section(title, intro string, s *Shape) {
	if p.seen[title] {
		return
	}
	p.seen[title] = true
	fmt.Fprintf(&p.b, "## %s\n\n", title)
	if intro != "" {
		p.b.WriteString(intro + "\n\n")
	}
	if s.Short != "" {
		fmt.Fprintf(&p.b, "Short form: a bare value is `%s`.\n\n", s.Short)
	}
	if len(s.One) > 0 && title != "Top level" {
		how := "At most one"
		if s.Need {
			how = "Exactly one"
		}
		fmt.Fprintf(&p.b, "%s of `%s` is given.\n\n", how, strings.Join(s.One, "`, `"))
	}
	p.b.WriteString(KeyTable(s.Keys))
	for i := range s.Keys {
		k := &s.Keys[i]
		if below, of := k.Shape.inner(); below != nil && k.see == "" {
			path := k.Name + of
			if title != "Top level" {
				path = title + "." + path
			}
			if k.Name != "services" {
				p.section(path, "", below)
			}
		}
	}
}

func (p *page) kinds(title string, kinds []Kind) {
	fmt.Fprintf(&p.b, "## %s\n\n", title)
	for _, k := range kinds {
		fmt.Fprintf(&p.b, "### %s\n\n%s\n\n%s", k.Name, k.Doc, KeyTable(k.Keys))
	}
}

// inner returns the map of keys inside a shape and how its path goes on.
func (s *Shape) inner() (below *Shape, of string) {
	switch {
	case len(s.Keys) > 0:
		return s, ""
	case s.Items != nil:
		below, of = s.Items.inner()
		return below, "[]" + of
	case s.Values != nil:
		below, of = s.Values.inner()
		return below, ".<name>" + of
	}
	return nil, ""
}

// KeyTable returns keys as a Markdown table.
func KeyTable(keys []Key) string {
	var b strings.Builder
	b.WriteString("| key | value | default | meaning |\n|---|---|---|---|\n")
	for i := range keys {
		k := &keys[i]
		doc := k.Doc
		if k.Example != "" {
			doc += " Example: `" + k.Example + "`."
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Name, cell(k.value()), cell(k.assumption()), cell(doc))
	}
	b.WriteByte('\n')
	return b.String()
}

func (k *Key) value() string {
	if k.see != "" {
		return "as `" + k.see + "`"
	}
	return k.Shape.brief()
}

// brief says what fits in a few words.
func (s *Shape) brief() string {
	var forms []string
	switch {
	case len(s.Enum) > 0:
		forms = append(forms, "`"+strings.Join(s.Enum, "`, `")+"`")
	case s.Type != "":
		noun := strings.TrimSuffix(grammarOf(s.Type).noun(), " inside the repository")
		for _, article := range []string{"a ", "an ", "the "} {
			noun = strings.TrimPrefix(noun, article)
		}
		forms = append(forms, noun+s.bounds())
	case s.Free:
		forms = append(forms, "any value")
	}
	if len(s.Kinds) > 0 {
		forms = append(forms, "`"+strings.Join(kindNames(s.Kinds), "`, `")+"`")
	}
	if s.Items != nil {
		forms = append(forms, "list of ("+s.Items.brief()+")")
	}
	if s.Values != nil {
		of := s.Values.brief()
		if len(s.Values.Keys) > 0 {
			of = "map"
		}
		forms = append(forms, "name → "+of)
	}
	if len(s.Keys) > 0 {
		for i := range s.Keys {
			if s.Keys[i].Name == s.Short {
				forms = append(forms, s.Keys[i].Shape.brief())
			}
		}
		forms = append(forms, "map")
	}
	if s.Off {
		forms = append(forms, "`off`")
	}
	return strings.ReplaceAll(strings.Join(forms, " or "), "map or map", "map")
}

func (k *Key) assumption() string {
	switch {
	case k.Need:
		return "needed"
	case k.Assumed != "":
		return k.Assumed
	case k.Last != "":
		return fmt.Sprintf("`%s`; in the last environment `%s`", k.Default, k.Last)
	case k.Default == "{}" && len(k.Shape.Keys) > 0:
		return "see below"
	case k.Default != "":
		return "`" + k.Default + "`"
	}
	return ""
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// Tables returns the tables of a shape's keys in Markdown: one for the map it
// is, headed by title, and one for each map inside it.
func Tables(title string, s Shape) string {
	p := &page{seen: map[string]bool{}}
	p.section(title, "", &s)
	return p.b.String()
}
