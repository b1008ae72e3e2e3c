package spec

import (
	"encoding/json"
	"strings"
)

// Settings returns settings of a kind with its defaults filled in, and what is
// wrong with them. It is for settings that come from elsewhere than a file;
// they are given as JSON values. The result may be given in again.
func (k Kind) Settings(given map[string]any) (map[string]any, []Fault) {
	if given == nil {
		given = map[string]any{}
	}
	data, err := json.Marshal(given)
	if err != nil {
		return nil, []Fault{{Item: -1, Text: "settings: " + err.Error()}}
	}
	r := &reader{name: k.Name}
	c := newChecker(r)
	n := r.read(data)
	if n == nil || n.form != mapping {
		return nil, faults(r.problems)
	}
	n = c.keyed(n, &Shape{Keys: k.Keys}, "")
	if len(r.problems) > 0 {
		return nil, faults(r.problems)
	}
	settings := plain(n).(map[string]any)
	if k.Check != nil {
		if fs := k.Check(settings); len(fs) > 0 {
			return nil, fs
		}
	}
	return settings, nil
}

func faults(ps Problems) []Fault {
	var out []Fault
	for _, p := range ps {
		key, _, _ := strings.Cut(p.Path, ".")
		key, _, _ = strings.Cut(key, "[")
		f := Fault{Key: key, Item: -1, Text: p.Text, Hint: p.Hint}
		if p.Expected != "" {
			f.Text += " (expected " + p.Expected + ")"
		}
		out = append(out, f)
	}
	return out
}
