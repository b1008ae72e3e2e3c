package spec

import (
	"fmt"
	"regexp"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// exponent is a number that the parser takes for text and YAML 1.2 does not.
var exponent = regexp.MustCompile(`^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$`)

// node translates the parser's tree and refuses what is not plain.
func (r *reader) node(n ast.Node, path string, depth int) *node {
	if depth > 2*maxNested {
		r.problem(placeOf(n.GetToken()), path, "nested too deep", fmt.Sprintf("at most %d levels", maxNested), "")
		return nil
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return r.mapping(n.Values, placeOf(start(n)), path, depth)
	case *ast.MappingValueNode:
		return r.mapping([]*ast.MappingValueNode{n}, placeOf(start(n)), path, depth)
	case *ast.SequenceNode:
		out := &node{form: list, at: placeOf(n.GetToken())}
		for i, v := range n.Values {
			if item := r.node(v, fmt.Sprintf("%s[%d]", path, i), depth+1); item != nil {
				out.items = append(out.items, item)
			}
		}
		return out
	case *ast.LiteralNode:
		return &node{form: scalar, at: placeOf(n.Start), text: n.Value.Value}
	case *ast.StringNode:
		out := &node{form: scalar, at: placeOf(n.Token), text: n.Value}
		if n.Token.Type == token.StringType && exponent.MatchString(n.Value) {
			out.flavour = decimal
		}
		return out
	case *ast.IntegerNode:
		return &node{form: scalar, at: placeOf(n.Token), text: n.Token.Value, flavour: integer}
	case *ast.FloatNode:
		return &node{form: scalar, at: placeOf(n.Token), text: n.Token.Value, flavour: decimal}
	case *ast.InfinityNode:
		return &node{form: scalar, at: placeOf(n.Token), text: n.Token.Value}
	case *ast.NanNode:
		return &node{form: scalar, at: placeOf(n.Token), text: n.Token.Value}
	case *ast.BoolNode:
		return &node{form: scalar, at: placeOf(n.Token), text: n.Token.Value, flavour: boolean}
	case *ast.NullNode:
		return &node{form: scalar, at: placeOf(n.Token), text: "", flavour: null}
	}
	r.problem(placeOf(n.GetToken()), path, "this part of YAML is not allowed here", "plain values, lists and maps", "")
	return nil
}

// start returns the token a map begins with: its brace or its first key.
func start(n ast.Node) *token.Token {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return n.Values[0].Key.GetToken()
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	}
	return n.GetToken()
}

func (r *reader) mapping(values []*ast.MappingValueNode, at place, path string, depth int) *node {
	out := &node{form: mapping, at: at}
	seen := map[string]place{}
	for _, v := range values {
		t := v.Key.GetToken()
		if _, ok := v.Key.(ast.ScalarNode); !ok || t == nil {
			r.problem(placeOf(t), path, "a key that is not a name", "key: value", "")
			continue
		}
		e := entry{name: t.Value, at: placeOf(t)}
		if first, twice := seen[e.name]; twice {
			r.problem(e.at, join(path, e.name), fmt.Sprintf("the key %q is given twice", e.name), "",
				fmt.Sprintf("it was first given in line %d", first.line))
			continue
		}
		seen[e.name] = e.at
		if e.value = r.node(v.Value, join(path, e.name), depth+1); e.value != nil {
			if e.value.flavour == null {
				e.value.at = e.at // an empty value has no place of its own
			}
			out.entries = append(out.entries, e)
		}
	}
	return out
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
