package strategy

import (
	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// matchKeys are the conditions on a request.
func matchKeys() []spec.Key {
	return []spec.Key{
		{Name: "header", Doc: "Name of a request header.", Example: "X-Beta", Shape: spec.Shape{Type: spec.Header}},
		{Name: "cookie", Doc: "Name of a cookie.", Example: "beta", Shape: spec.Shape{Type: spec.Header}},
		{Name: "values", Doc: "Values of the header or cookie that count.", Need: true, Example: "[\"1\", yes]", Shape: spec.Shape{Items: &spec.Shape{Type: spec.Value}, Least: 1}},
	}
}

// match reads one condition; ok is false if none is given.
func match(v any) (m davit.Match, ok bool) {
	given, ok := v.(map[string]any)
	if !ok {
		return davit.Match{}, false
	}
	m.Header, _ = given["header"].(string)
	m.Cookie, _ = given["cookie"].(string)
	m.Path, _ = given["path"].(string)
	values, _ := given["values"].([]any)
	for _, value := range values {
		if s, ok := value.(string); ok {
			m.Values = append(m.Values, s)
		}
	}
	return m, true
}

func who(m davit.Match) string {
	switch {
	case m.Header != "":
		return "header " + m.Header
	case m.Cookie != "":
		return "cookie " + m.Cookie
	}
	return "path " + m.Path
}
