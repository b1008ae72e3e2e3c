package spec

import (
	"slices"
	"strings"
)

// Parse reads a davit.yaml. name is what errors call the file, known what
// this Davit can do. The error is Problems, all that was found.
func Parse(name string, data []byte, known Known) (File, error) {
	r := &reader{name: name}
	c := newChecker(r)
	var file File
	if n := r.read(data); n != nil {
		shape := root(known)
		b := &builder{checker: c}
		if services := c.services(n, &shape); services != nil {
			file = b.file(services)
		}
	}
	if len(r.problems) > 0 {
		return File{}, r.problems.sorted()
	}
	file.Warnings = file.Warnings.sorted()
	return file, nil
}

// services returns the checked services of a file, by name and in its order.
// A single one gets the form of several.
func (c *checker) services(n *node, s *Shape) []entry {
	if n.form != mapping {
		c.misfit(n, s, "", n.form.String()+" stands here")
		return nil
	}
	if n.get("services") != nil {
		return c.several(n, s)
	}
	single := Shape{Keys: slices.Clone(s.Keys)}
	single.Keys = slices.DeleteFunc(single.Keys, func(k Key) bool { return k.Name == "services" })
	single.Keys[0].Need = true
	checked := c.keyed(n, &single, "")
	name := checked.get("service")
	if name == nil {
		return nil
	}
	return []entry{{name: name.text, at: name.at, value: checked}}
}

// several checks a file with services. What stands beside them is checked
// once and then given to every service that has not its own.
func (c *checker) several(n *node, s *Shape) []entry {
	top, own := Shape{}, Shape{}
	for _, k := range s.Keys {
		if k.Name == "services" {
			own = Shape{Keys: slices.Clone(k.Shape.Values.Keys)}
		}
		if k.Name == "services" || slices.Contains(sharedKeys(), k.Name) {
			k.Default = ""
			top.Keys = append(top.Keys, k)
		}
	}
	for i := range own.Keys {
		if n.get(own.Keys[i].Name) != nil {
			own.Keys[i].Default = ""
		}
	}
	top.Keys[0].Shape.Values = &own
	beside := &node{form: mapping, at: n.at}
	for _, e := range n.entries {
		switch {
		case e.name == "service":
			c.problem(e.at, e.name, "service and services exclude each other", "one of them", "move the settings of this service below services")
		case slices.Contains(keyNames(own.Keys), e.name) && !slices.Contains(sharedKeys(), e.name):
			c.problem(e.at, e.name, e.name+" cannot stand beside services", "beside services, one of "+strings.Join(sharedKeys(), ", "), "move it below each service that needs it")
		default:
			beside.entries = append(beside.entries, e)
		}
	}
	checked := c.keyed(beside, &top, "")
	c.shared = checked.get("environments")
	services := checked.get("services")
	if services == nil {
		return nil
	}
	for i := range services.entries {
		v := services.entries[i].value
		for _, e := range checked.entries {
			if e.name != "services" && v.get(e.name) == nil {
				v.entries = append(v.entries, e)
			}
		}
	}
	return services.entries
}
