package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// answer prints v as JSON if that was asked for, else with text.
func (a *line) answer(v any, text func()) error {
	if !a.json {
		text()
		return nil
	}
	e := json.NewEncoder(a.Stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// table prints rows in columns; the first row is the head. What stands in a
// column that tells a state is coloured by it.
func (a *line) table(rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for j := range row {
			row[j] = headline(row[j])
			widths[j] = max(widths[j], ansi.StringWidth(row[j]))
		}
	}
	for i, row := range rows {
		var line strings.Builder
		for j, cell := range row {
			shown := cell
			switch {
			case i == 0:
				shown = a.paint(grey, strings.ToUpper(cell))
			case slices.Contains([]string{"phase", "health", "state", "answer"}, rows[0][j]):
				shown = a.paint(phaseColour(cell), cell)
			}
			line.WriteString(shown)
			if j < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[j]-ansi.StringWidth(cell)+2))
			}
		}
		fmt.Fprintln(a.Stdout, strings.TrimRight(line.String(), " "))
	}
}

func (a *line) say(format string, args ...any) { fmt.Fprintf(a.Stdout, format+"\n", args...) }

// plain takes out of foreign text (commit messages, logs) what would command
// the terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		if unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, ansi.Strip(s))
}

// colour is a colour or style of the terminal.
type colour string

const (
	red    colour = "31"
	green  colour = "32"
	yellow colour = "33"
	grey   colour = "90"
	bold   colour = "1"
)

// paint colours s where colours are wanted.
func (a *line) paint(c colour, s string) string {
	if !a.colours() || s == "" {
		return s
	}
	return "\x1b[" + string(c) + "m" + s + "\x1b[0m"
}

// phaseColour says how a phase, answer or verdict looks.
func phaseColour(phase string) colour {
	switch phase {
	case "succeeded", "done", "passed", "pass", "ok", "settling", "ready":
		return green
	case "failed", "timed-out", "rolled-back", "rolling-back", "stranded", "fail", "down", "crash-loop":
		return red
	case "held", "cancelled", "wait", "degraded", "lost", "back-off", "not-ready":
		return yellow
	case "superseded", "skipped", "waiting", "queued", "none", "unknown":
		return grey
	}
	return bold
}

// short is a commit as people say it.
func short(commit string) string { return commit[:min(len(commit), 10)] }

// digest is a digest as people say it.
func digest(d string) string {
	h := strings.TrimPrefix(d, "sha256:")
	return h[:min(12, len(h))]
}

// seconds is a duration as people say it.
func seconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	switch {
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d < time.Hour:
		return d.Round(time.Second).String()
	case d < 48*time.Hour:
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// moment is a time as people say it.
func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

// orDash makes an empty field visible.
func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// cut shortens s to n characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// section prints a heading.
func (a *line) section(title string) { fmt.Fprintf(a.Stdout, "\n%s\n", a.paint(bold, title)) }

// lines prints text line by line, indented.
func indent(w io.Writer, prefix, text string) {
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		fmt.Fprintln(w, prefix+plain(line))
	}
}

// answerLine is answer for one of many: JSON on one line.
func (a *line) answerLine(v any, text func()) error {
	if !a.json {
		text()
		return nil
	}
	e := json.NewEncoder(a.Stdout)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// headline is the first line of a text that may have more.
func headline(s string) string {
	first, rest, _ := strings.Cut(strings.TrimSpace(s), "\n")
	if rest != "" {
		return plain(strings.TrimRight(first, ": ")) + " …"
	}
	return plain(first)
}

// details prints what stands below the first line of a text.
func (a *line) details(prefix, s string) {
	if _, rest, more := strings.Cut(strings.TrimSpace(s), "\n"); more {
		indent(a.Stdout, prefix, rest)
	}
}

// counted is a number with its noun: "1 stage", "2 stages".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
