package pipeline

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// short returns the first 8 digits of a commit hash.
func short(commit string) string { return commit[:min(8, len(commit))] }

func person(name string) string {
	if name == "" {
		return "somebody"
	}
	return name
}

func subject(s string) string {
	if s == "" {
		return "no message"
	}
	return strconv.Quote(s)
}

func trimStop(s string) string { return strings.TrimRight(strings.TrimSpace(s), ".") }

// lowerFirst makes a sentence the second half of another. A first word that is
// written in capitals, or holds any, keeps its case.
func lowerFirst(s string) string {
	word, _, _ := strings.Cut(s, " ")
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 || strings.ContainsFunc(word[n:], func(r rune) bool { return unicode.IsUpper(r) || unicode.IsDigit(r) }) {
		return s
	}
	return string(unicode.ToLower(r)) + s[n:]
}

func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// span returns d as people say it: "850 ms", "12 s", "3 min 5 s", "2 h 10 min".
func span(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return strings.TrimSuffix(strconv.FormatFloat(d.Seconds(), 'f', 1, 64), ".0") + " s"
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return pair(int(d.Minutes()), "min", int(d.Seconds())%60, "s")
	default:
		return pair(int(d.Hours()), "h", int(d.Minutes())%60, "min")
	}
}

func pair(a int, unitA string, b int, unitB string) string {
	if b == 0 {
		return fmt.Sprintf("%d %s", a, unitA)
	}
	return fmt.Sprintf("%d %s %d %s", a, unitA, b, unitB)
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// list joins the first most names and counts the rest.
func list(names []string, most int) string {
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// testFacts returns t as facts of an event.
func testFacts(t Tests) []string {
	if t.Total() == 0 {
		return nil
	}
	return []string{"passed", strconv.Itoa(t.Passed), "failed", strconv.Itoa(t.Failed), "skipped", strconv.Itoa(t.Skipped), "flaky", strconv.Itoa(t.Flaky)}
}

// flakyNow adds to t the tests that failed in an earlier attempt of a stage
// that has now passed.
func flakyNow(t Tests, earlier []string) Tests {
	t.Flakes = slices.Clone(t.Flakes)
	for _, name := range earlier {
		if slices.Contains(t.Flakes, name) {
			continue
		}
		t.Flaky++
		t.Flakes = addName(t.Flakes, name)
	}
	return t
}

// addName adds name to names unless it is there or names are full.
func addName(names []string, name string) []string {
	if len(names) >= MaxNames || slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}
