package spec

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/lexer"
)

// checker holds nodes against shapes: it refuses what does not fit, turns
// scalars into values, writes short forms out and fills defaults in. What it
// leaves behind can be built from without asking further.
type checker struct {
	*reader
	grammars grammars
	defaults map[string]*node // read once; copied for each place they are assumed in
	shared   *node            // environments that stand beside services
}

func newChecker(r *reader) *checker {
	return &checker{reader: r, grammars: grammars{}, defaults: map[string]*node{}}
}

// walk holds n against s and returns n in its long form; nil if it does not fit.
func (c *checker) walk(n *node, s *Shape, path string) *node {
	if n == nil {
		return nil
	}
	if s.Off && n.form == scalar && (n.text == "off" || n.text == "none" || n.flavour == boolean && n.text == "false") {
		n.off = true
		return n
	}
	switch {
	case s.Free:
		return n
	case n.form == scalar && n.flavour == null:
		c.misfit(n, s, path, "there is no value")
		return nil
	case n.form == scalar && (s.Type != "" || len(s.Enum) > 0):
		return c.scalar(n, s, path)
	case n.form == scalar && len(s.Kinds) > 0:
		name := &node{form: mapping, at: n.at, entries: []entry{{name: n.text, at: n.at, value: &node{form: mapping, at: n.at}}}, assumed: n.assumed}
		return c.kind(name, s, path)
	case n.form == list && s.Items != nil:
		return c.list(n, s, path)
	case n.form == mapping && len(s.Kinds) > 0:
		return c.kind(n, s, path)
	case n.form == mapping && s.Values != nil:
		return c.named(n, s, path)
	case n.form == mapping && len(s.Keys) > 0:
		return c.keyed(n, s, path)
	case s.Items != nil:
		return c.list(&node{form: list, at: n.at, items: []*node{n}, assumed: n.assumed}, s, path)
	case s.Short != "" && s.short(n.form):
		long := &node{form: mapping, at: n.at, entries: []entry{{name: s.Short, at: n.at, value: n}}, assumed: n.assumed}
		return c.keyed(long, s, path)
	}
	c.misfit(n, s, path, n.form.String()+" stands here")
	return nil
}

// short says whether a value of form f can stand for the Short key.
func (s *Shape) short(f form) bool {
	for i := range s.Keys {
		if k := &s.Keys[i]; k.Name == s.Short {
			return f == scalar && k.Shape.scalar() || f == list && k.Shape.Items != nil
		}
	}
	return false
}

// scalar says whether a scalar fits.
func (s *Shape) scalar() bool {
	return s.Type != "" || len(s.Enum) > 0 || len(s.Kinds) > 0 || s.Items != nil && s.Items.scalar() || s.Short != "" && s.short(scalar)
}

func (c *checker) misfit(n *node, s *Shape, path, what string) {
	if path == "" {
		path = "the file"
	}
	c.problem(n.at, path, fmt.Sprintf("%s: %s", path, what), s.describe(), "")
}

// describe says in words what fits.
func (s *Shape) describe() string {
	var forms []string
	switch {
	case len(s.Enum) > 0:
		forms = append(forms, "one of "+strings.Join(s.Enum, ", "))
	case s.Type != "":
		forms = append(forms, grammarOf(s.Type).expected+s.bounds())
	case s.Free:
		forms = append(forms, "any value")
	}
	if len(s.Kinds) > 0 {
		forms = append(forms, "one of "+strings.Join(kindNames(s.Kinds), ", ")+", or a map from its name to its settings")
	}
	if s.Items != nil {
		forms = append(forms, "a list of ("+s.Items.describe()+")")
	}
	if s.Short != "" {
		for i := range s.Keys {
			if s.Keys[i].Name == s.Short {
				forms = append(forms, s.Keys[i].Shape.describe())
			}
		}
	}
	if s.Values != nil {
		forms = append(forms, "a map of names")
	}
	if len(s.Keys) > 0 {
		forms = append(forms, "a map with "+strings.Join(keyNames(s.Keys), ", "))
	}
	if s.Off {
		forms = append(forms, "off")
	}
	return strings.Join(forms, ", or ")
}

func (s *Shape) bounds() string {
	if s.Max == 0 {
		return ""
	}
	return fmt.Sprintf(" from %s to %s", s.bound(s.Min), s.bound(s.Max))
}

// bound writes a bound in the type's own unit.
func (s *Shape) bound(f float64) string {
	number := strconv.FormatFloat(f, 'f', -1, 64)
	switch s.Type {
	case Duration:
		return FormatDuration(time.Duration(f * float64(time.Second)))
	case Percent:
		return number + " %"
	case Size:
		return formatSize(int64(f))
	}
	return number
}

func formatSize(n int64) string {
	for _, u := range []struct {
		shift int
		name  string
	}{{40, "TiB"}, {30, "GiB"}, {20, "MiB"}, {10, "KiB"}} {
		if n >= 1<<u.shift && n%(1<<u.shift) == 0 {
			return strconv.FormatInt(n>>u.shift, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10) + "B"
}

func keyNames(keys []Key) []string {
	var names []string
	for i := range keys {
		names = append(names, keys[i].Name)
	}
	return names
}

func kindNames(kinds []Kind) []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.Name)
	}
	return names
}

func (c *checker) scalar(n *node, s *Shape, path string) *node {
	if len(s.Enum) > 0 {
		n.value = n.text
		if slices.Contains(s.Enum, n.text) {
			return n
		}
		hint := ""
		if near := nearest(n.text, s.Enum); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		c.problem(n.at, path, fmt.Sprintf("%s: %q is not known", path, clip(n.text)), "one of "+strings.Join(s.Enum, ", "), hint)
		return nil
	}
	g := c.grammars.of(s.Type)
	hint := ""
	if g.hint != nil {
		hint = g.hint(n.text)
	}
	if !accepts(s.Type, n) {
		if s.Type == Switch && (n.text == "true" || n.text == "false") {
			hint = "write " + n.text + " without quotes"
		}
		c.problem(n.at, path, fmt.Sprintf("%s: %q is not %s", path, clip(n.text), g.noun()), s.describe(), hint)
		return nil
	}
	v, err := g.read(n.text)
	if err != nil && private(path) {
		err, hint = fmt.Errorf("this is not %s", g.noun()), ""
	}
	if err != nil {
		c.problem(n.at, path, path+": "+err.Error(), s.describe(), hint)
		return nil
	}
	if s.Max != 0 {
		if m := measure(v); m < s.Min || m > s.Max {
			c.problem(n.at, path, fmt.Sprintf("%s: %s is out of bounds", path, clip(n.text)), s.describe(), "")
			return nil
		}
	}
	n.value = v
	return n
}

// measure returns v in the unit of Shape.Min and Max.
func measure(v any) float64 {
	switch v := v.(type) {
	case int:
		return float64(v)
	case int64:
		return float64(v)
	case float64:
		return v
	case time.Duration:
		return v.Seconds()
	}
	return 0
}

func (c *checker) list(n *node, s *Shape, path string) *node {
	out := &node{form: list, at: n.at, assumed: n.assumed}
	for i, item := range n.items {
		if item = c.walk(item, s.Items, fmt.Sprintf("%s[%d]", path, i)); item != nil {
			out.items = append(out.items, item)
		}
	}
	if len(n.items) < s.Least {
		c.problem(n.at, path, path+": the list is empty", s.describe(), "")
	}
	return out
}

func (c *checker) named(n *node, s *Shape, path string) *node {
	out := &node{form: mapping, at: n.at, assumed: n.assumed}
	if len(n.entries) > maxNames {
		c.problem(n.at, path, fmt.Sprintf("%s: %d names", path, len(n.entries)), fmt.Sprintf("at most %d", maxNames), "")
		return out
	}
	var last map[string]bool
	if s.last != nil {
		last = lastEnvironments(n)
	}
	for _, e := range n.entries {
		name := &node{form: scalar, at: e.at, text: e.name}
		if c.scalar(name, &Shape{Type: s.Names}, join(path, clip(e.name))) == nil {
			continue
		}
		values := s.Values
		if last[e.name] {
			values = s.last
		}
		if e.value.flavour == null && values.Type == "" && !values.Free { // "staging:" with nothing behind it
			e.value = &node{form: mapping, at: e.at}
		}
		if v := c.walk(e.value, values, join(path, e.name)); v != nil {
			out.entries = append(out.entries, entry{name: e.name, at: e.at, value: v})
		}
	}
	if len(n.entries) < s.Least {
		c.problem(n.at, path, path+": the map is empty", s.describe(), "")
	}
	return out
}

func (c *checker) keyed(n *node, s *Shape, path string) *node {
	out := &node{form: mapping, at: n.at, assumed: n.assumed}
	var meant []string
	for _, e := range n.entries {
		i := slices.IndexFunc(s.Keys, func(k Key) bool { return k.Name == e.name })
		if i < 0 {
			meant = append(meant, c.unknown(e, s.Keys, path))
			continue
		}
		if v := c.walk(e.value, &s.Keys[i].Shape, join(path, e.name)); v != nil {
			out.entries = append(out.entries, entry{name: e.name, at: e.at, value: v})
		} else {
			out.broken = true
		}
	}
	c.one(n, s, path)
	for i := range s.Keys {
		k := &s.Keys[i]
		if n.get(k.Name) != nil || excluded(n, s, k.Name) {
			continue
		}
		if k.Need && !slices.Contains(meant, k.Name) {
			c.problem(n.at, path, join(path, k.Name)+" is missing", k.Shape.describe(), "")
		}
		if k.Default != "" {
			v := c.walk(c.assumed(k.Default, n.at), &k.Shape, join(path, k.Name))
			out.entries = append(out.entries, entry{name: k.Name, at: n.at, value: v})
		}
	}
	return out
}

// excluded says whether another key is given of those of which name is one.
func excluded(n *node, s *Shape, name string) bool {
	return slices.Contains(s.One, name) && slices.ContainsFunc(s.One, func(o string) bool { return o != name && n.get(o) != nil })
}

// one holds that at most one of the keys in s.One is given, or exactly one.
func (c *checker) one(n *node, s *Shape, path string) {
	var given []string
	for _, e := range n.entries {
		if slices.Contains(s.One, e.name) {
			given = append(given, e.name)
		}
	}
	switch {
	case len(given) > 1:
		c.problem(n.where(given[1]), join(path, given[1]), fmt.Sprintf("%s and %s exclude each other", given[0], given[1]), "one of "+strings.Join(s.One, ", "), "")
	case len(given) == 0 && s.Need:
		where := path
		if where == "" {
			where = "the file"
		}
		c.problem(n.at, path, where+": none of "+strings.Join(s.One, ", ")+" is given", "one of them", "")
	}
}

// unknown refuses a key and returns the one that was probably meant.
func (c *checker) unknown(e entry, keys []Key, path string) string {
	names := keyNames(keys)
	near := nearest(e.name, names)
	if s := synonym(e.name); near == "" && slices.Contains(names, s) {
		near = s
	}
	hint := ""
	if near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	where := ""
	if path != "" {
		where = " in " + path
	}
	c.problem(e.at, join(path, e.name), fmt.Sprintf("unknown key %q%s", clip(e.name), where), "one of "+strings.Join(names, ", "), hint)
	return near
}

// kind holds {name: settings} against the known kinds. In a list of kinds
// every item is such a map.
func (c *checker) kind(n *node, s *Shape, path string) *node {
	if len(n.entries) != 1 {
		c.problem(n.at, path, fmt.Sprintf("%s: %d names stand here", path, len(n.entries)), s.describe(), "write one name and its settings below it")
		return nil
	}
	e := n.entries[0]
	i := slices.IndexFunc(s.Kinds, func(k Kind) bool { return k.Name == e.name })
	if i < 0 {
		names := kindNames(s.Kinds)
		hint := ""
		if near := nearest(e.name, names); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		c.problem(e.at, path, fmt.Sprintf("%s: %q is not known", path, clip(e.name)), "one of "+strings.Join(names, ", "), hint)
		return nil
	}
	k, before := &s.Kinds[i], len(c.problems)
	settings := e.value
	if settings.form == scalar && settings.flavour == null { // "canary:" with nothing behind it
		settings = &node{form: mapping, at: e.at}
	}
	if settings.form != mapping {
		c.problem(settings.at, path, fmt.Sprintf("%s.%s: %s stands here", path, k.Name, settings.form), "a map with "+strings.Join(keyNames(k.Keys), ", "), "")
		return nil
	}
	at := join(path, k.Name)
	settings = c.keyed(settings, &Shape{Keys: k.Keys}, at)
	if k.Check != nil && len(c.problems) == before {
		for _, f := range k.Check(plain(settings).(map[string]any)) {
			c.fault(f, settings, e, at)
		}
	}
	return &node{form: mapping, at: n.at, assumed: n.assumed, entries: []entry{{name: k.Name, at: e.at, value: settings}}}
}

func (c *checker) fault(f Fault, settings *node, e entry, path string) {
	place := e.at
	if v := settings.get(f.Key); v != nil && !v.assumed {
		place = v.at
		if f.Item >= 0 && f.Item < len(v.items) {
			place = v.items[f.Item].at
		}
	}
	if f.Key != "" {
		path = join(path, f.Key)
	}
	c.problem(place, path, path+": "+f.Text, "", f.Hint)
}

// assumed returns a default as if it stood at a place.
func (c *checker) assumed(yaml string, at place) *node {
	n, ok := c.defaults[yaml]
	if !ok {
		n = readDefault(yaml)
		c.defaults[yaml] = n
	}
	return n.assumedAt(at)
}

// readDefault reads a default. It is a constant of this program, so it is
// plain.
func readDefault(yaml string) *node {
	r := &reader{name: "default"}
	n := r.tree(lexer.Tokenize(yaml))
	if n == nil {
		panic(fmt.Sprintf("default %q: %v", yaml, r.problems))
	}
	return n
}

// assumedAt returns a copy of n that was not written.
func (n *node) assumedAt(at place) *node {
	out := *n
	out.at, out.assumed = at, true
	out.items, out.entries = nil, nil
	for _, i := range n.items {
		out.items = append(out.items, i.assumedAt(at))
	}
	for _, e := range n.entries {
		out.entries = append(out.entries, entry{name: e.name, at: at, value: e.value.assumedAt(at)})
	}
	return &out
}

// plain returns a checked node as JSON-like values: durations as "30s",
// percentages and sizes as numbers.
func plain(n *node) any {
	switch n.form {
	case list:
		out := []any{}
		for _, i := range n.items {
			out = append(out, plain(i))
		}
		return out
	case mapping:
		out := map[string]any{}
		for _, e := range n.entries {
			out[e.name] = plain(e.value)
		}
		return out
	}
	switch v := n.value.(type) {
	case time.Duration:
		return FormatDuration(v)
	case int:
		return float64(v)
	case int64:
		return float64(v)
	case nil:
		return n.text
	default:
		return v
	}
}
