package spec

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

type form int

const (
	scalar form = iota
	list
	mapping
)

func (f form) String() string { return [...]string{"a value", "a list", "a map"}[f] }

type flavour int

const (
	text flavour = iota // also everything quoted
	integer
	decimal
	boolean
	null
)

// place is where something stands in the file.
type place struct{ line, column, width int }

// node is a value of the file. Anchors, aliases, tags and merge keys never
// get this far.
type node struct {
	form    form
	at      place
	text    string  // scalar: as written, unquoted
	flavour flavour // scalar: what YAML 1.2 takes it for
	items   []*node
	entries []entry
	assumed bool // a default, not written
	off     bool // "off" where Shape.Off allows it
	broken  bool // something below did not fit and was left out
	value   any  // scalar: what Type made of it, once checked
}

type entry struct {
	name  string
	at    place
	value *node
}

// get returns the value of a key, nil if there is none.
func (n *node) get(name string) *node {
	if n == nil {
		return nil
	}
	for i := range n.entries {
		if n.entries[i].name == name {
			return n.entries[i].value
		}
	}
	return nil
}

// where returns the place of a key, of n itself if there is none.
func (n *node) where(name string) place {
	for i := range n.entries {
		if n.entries[i].name == name {
			return n.entries[i].at
		}
	}
	return n.at
}

// reader turns text into nodes and collects what is wrong with it.
type reader struct {
	name     string
	lines    []string
	problems Problems
}

func (r *reader) problem(at place, path, text, expected, hint string) {
	r.problems = append(r.problems, r.at(at, path, text, expected, hint))
}

func (r *reader) at(at place, path, text, expected, hint string) Problem {
	p := Problem{
		File: r.name, Line: max(1, at.line), Column: max(1, at.column), Width: max(1, at.width),
		Path: path, Text: text, Expected: expected, Hint: hint,
	}
	if p.Line <= len(r.lines) {
		p.Excerpt = excerpt(r.lines[p.Line-1], path)
		p.Width = max(1, min(p.Width, utf8.RuneCountInString(p.Excerpt)-p.Column+1))
	}
	return p
}

// excerpt returns a line fit to be shown: no control characters, not too long,
// and nothing of the value where it may be a secret.
func excerpt(line, path string) string {
	line = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c == utf8.RuneError {
			return ' '
		}
		return c
	}, line)
	if private(path) {
		if i := strings.Index(line, ": "); i >= 0 {
			line = line[:i+2] + "…"
		}
	}
	if c := []rune(line); len(c) > 120 {
		line = string(c[:119]) + "…"
	}
	return strings.TrimRight(line, " ")
}

// private says whether what stands at a path may be a secret: below env by
// rule, below secrets by mistake.
func private(path string) bool {
	for key := range strings.SplitSeq(path, ".") {
		if key == "env" || strings.HasPrefix(key, "secrets") {
			return true
		}
	}
	return false
}

// read returns the root of the document, nil if it cannot be understood.
func (r *reader) read(data []byte) *node {
	data = []byte(strings.TrimPrefix(string(data), "\ufeff"))
	r.lines = strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	if !r.within(data) {
		return nil
	}
	tokens := lexer.Tokenize(string(data))
	if !r.allowed(tokens) {
		return nil
	}
	return r.tree(tokens)
}

// refused are the parts of YAML a davit.yaml does without.
func refused(t token.Type) (what, hint string) {
	switch t {
	case token.AnchorType:
		return "an anchor (&)", "write the value out; davit.yaml has no anchors, so that each line says what it means"
	case token.AliasType:
		return "an alias (*)", "write the value out, or quote it if it is text"
	case token.MergeKeyType:
		return "a merge key (<<)", "write the keys out"
	case token.TagType:
		return "a tag (!)", "leave it out, or quote the value if it is text"
	case token.DirectiveType:
		return "a directive (%)", "leave it out; the file is read as YAML 1.2"
	case token.MappingKeyType:
		return "a complex key (?)", "write key: value"
	}
	return "", ""
}

// allowed says whether the tokens are of the plain YAML that davit.yaml is
// written in. It comes before parsing, which recurses, and so bounds the depth.
func (r *reader) allowed(tokens token.Tokens) bool {
	before := len(r.problems)
	depth, dashes, line := 0, 0, 0
	for _, t := range tokens {
		at := placeOf(t)
		if what, hint := refused(t.Type); what != "" {
			r.problem(at, "", what+" is not allowed here", "", hint)
			continue
		}
		if at.line != line {
			line, dashes = at.line, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType:
			dashes++
		case token.InvalidType:
			r.notYAML(at, cmp.Or(t.Error, "a character that cannot stand here"))
			return false
		}
		if depth > maxNested || dashes > maxNested || depth == 0 && at.column > 1000 && t.Type == token.MappingValueType {
			r.problem(at, "", "nested too deep", fmt.Sprintf("at most %d levels", maxNested), "")
			return false
		}
	}
	return len(r.problems) == before
}

func placeOf(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{line: 1, column: 1, width: 1}
	}
	width := utf8.RuneCountInString(strings.TrimSpace(t.Origin))
	if i := strings.IndexByte(strings.TrimSpace(t.Origin), '\n'); i >= 0 {
		width = utf8.RuneCountInString(strings.TrimSpace(t.Origin)[:i])
	}
	return place{line: t.Position.Line, column: t.Position.Column, width: max(1, width)}
}

// tree parses tokens. The parser is given hostile text, so a panic of its is
// an answer like another.
func (r *reader) tree(tokens token.Tokens) (root *node) {
	defer func() {
		if what := recover(); what != nil {
			r.problem(place{line: 1, column: 1}, "", "not YAML that can be understood", "", "")
			root = nil
		}
	}()
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	var body ast.Node
	for _, d := range file.Docs {
		if d.Body == nil {
			continue
		}
		if body != nil {
			r.problem(placeOf(start(d.Body)), "", "a second document", "one document", "remove the line ---")
			return nil
		}
		body = d.Body
	}
	if _, comment := body.(*ast.CommentGroupNode); body == nil || comment {
		r.problem(place{line: 1, column: 1}, "", "the file is empty", "at least service: and run:", "davit init writes a first file")
		return nil
	}
	return r.node(body, "", 0)
}

func (r *reader) syntax(err error) {
	at, msg := place{line: 1, column: 1}, err.Error()
	if y, ok := errors.AsType[yaml.Error](err); ok {
		at, msg = placeOf(y.GetToken()), y.GetMessage()
	}
	r.notYAML(at, msg)
}

// notYAML reports what the parser says, with the mistake that is most often
// behind it.
func (r *reader) notYAML(at place, msg string) {
	hint := ""
	switch {
	case at.line >= 1 && at.line <= len(r.lines) && strings.Contains(indentOf(r.lines[at.line-1]), "\t"):
		hint = "indent with spaces; YAML does not allow tabs"
	case strings.Contains(msg, "value is not allowed in this context"):
		hint = "is the indentation right? Text that has a colon and a space in it must be quoted"
	case strings.Contains(msg, "not found"), strings.Contains(msg, "could not find"):
		hint = "something is opened here and not closed"
	}
	r.problem(at, "", "not YAML: "+strings.ReplaceAll(firstLine(msg), "\t", `\t`), "", hint)
}

func indentOf(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " \t"))] }

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}
