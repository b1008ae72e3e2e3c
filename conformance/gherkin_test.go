package conformance

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// scenario is one case of a feature file, its outline filled in and the
// steps of the background before its own.
type scenario struct {
	name  string
	tags  []string
	steps []step
}

type step struct {
	text  string
	table [][]string
}

func (s scenario) tagged(tag string) bool { return slices.Contains(s.tags, tag) }

// features reads the part of Gherkin that the suites are written in.
type features struct {
	featureTags, tags, pending []string
	background                 []step
	name                       string
	steps                      []step
	outline, inBackground      bool
	header                     []string // of the examples that are being read
	examples                   []string // their tags
	inExamples                 bool
	out                        []scenario
	row                        int
}

func parseFeature(text string) []scenario {
	var f features
	for line := range strings.Lines(text) {
		f.line(strings.TrimSpace(line))
	}
	f.flush()
	return f.out
}

func (f *features) line(line string) {
	keyword, rest, _ := strings.Cut(line, ":")
	switch {
	case line == "" || strings.HasPrefix(line, "#"):
	case strings.HasPrefix(line, "@"):
		f.pending = append(f.pending, strings.Fields(line)...)
	case keyword == "Feature":
		f.featureTags, f.pending = f.pending, nil
	case keyword == "Background":
		f.inBackground = true
	case keyword == "Scenario" || keyword == "Scenario Outline":
		f.flush()
		f.inBackground, f.inExamples, f.row = false, false, 0
		f.name, f.outline = strings.TrimSpace(rest), keyword == "Scenario Outline"
		f.tags, f.pending = slices.Concat(f.featureTags, f.pending), nil
	case keyword == "Examples":
		f.inExamples, f.header = true, nil
		f.examples, f.pending = f.pending, nil
	case strings.HasPrefix(line, "|"):
		f.cells(cells(line))
	default:
		word, text, _ := strings.Cut(line, " ")
		if !slices.Contains([]string{"Given", "When", "Then", "And", "But"}, word) {
			return // a description
		}
		if f.inBackground {
			f.background = append(f.background, step{text: text})
		} else {
			f.steps = append(f.steps, step{text: text})
		}
	}
}

func (f *features) cells(row []string) {
	switch {
	case !f.inExamples:
		last := &f.steps[len(f.steps)-1]
		last.table = append(last.table, row)
	case f.header == nil:
		f.header = row
	default:
		f.row++
		s := scenario{name: f.name + " #" + strconv.Itoa(f.row), tags: slices.Concat(f.tags, f.examples)}
		var pairs []string
		for i, name := range f.header {
			pairs = append(pairs, "<"+name+">", row[i])
		}
		fill := strings.NewReplacer(pairs...)
		for _, st := range slices.Concat(f.background, f.steps) {
			st.text = fill.Replace(st.text)
			s.steps = append(s.steps, st)
		}
		f.out = append(f.out, s)
	}
}

func (f *features) flush() {
	if f.name != "" && !f.outline {
		f.out = append(f.out, scenario{name: f.name, tags: f.tags, steps: slices.Concat(f.background, f.steps)})
	}
	f.name, f.steps = "", nil
}

// cells divides a table's row; \| is a bar.
func cells(line string) []string {
	line = strings.ReplaceAll(line, `\|`, "\x00")
	parts := strings.Split(strings.Trim(line, "|"), "|")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(strings.TrimSpace(p), "\x00", "|")
	}
	return parts
}

// stepTable maps the text of steps to what they do.
type stepTable []struct {
	pattern *regexp.Regexp
	do      func(t *testing.T, m []string, table [][]string)
}

func (st *stepTable) on(pattern string, do func(t *testing.T, m []string, table [][]string)) {
	*st = append(*st, struct {
		pattern *regexp.Regexp
		do      func(t *testing.T, m []string, table [][]string)
	}{regexp.MustCompile("^" + pattern + "$"), do})
}

func (st stepTable) run(t *testing.T, s scenario) {
	t.Helper()
	for _, step := range s.steps {
		found := false
		for _, d := range st {
			if m := d.pattern.FindStringSubmatch(step.text); m != nil {
				d.do(t, m, step.table)
				found = true
				break
			}
		}
		if !found {
			t.Fatalf("no such step: %s", step.text)
		}
	}
}

func TestGherkinReader(t *testing.T) {
	got := parseFeature("@a\nFeature: f\n  words\n\n  Background:\n    Given b\n\n  @s\n  Scenario Outline: one\n    When <x> is\n\n    @e1\n    Examples: first\n      | x |\n      | 1 |\n      | 2 |\n    @e2\n    Examples: second\n      | x |\n      | 3 |\n\n  Scenario: two\n    Then it has\n      | k | v |\n      | 1 | 2 |\n")
	if len(got) != 4 {
		t.Fatalf("%d scenarios, want 4: %+v", len(got), got)
	}
	if s := got[1]; s.name != "one #2" || !slices.Equal(s.tags, []string{"@a", "@s", "@e1"}) || s.steps[1].text != "2 is" || s.steps[0].text != "b" {
		t.Errorf("the second is %+v", s)
	}
	if s := got[3]; len(s.steps) != 2 || len(s.steps[1].table) != 2 || s.tagged("@s") {
		t.Errorf("the last is %+v", s)
	}
}
