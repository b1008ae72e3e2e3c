package spec

import (
	"fmt"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Type is what a scalar of davit.yaml means.
type Type string

// The types.
const (
	Text       Type = "text"
	Command    Type = "command"
	Value      Type = "value" // any scalar, taken as the text that was written
	Switch     Type = "true or false"
	Whole      Type = "whole number"
	Number     Type = "number"
	Duration   Type = "duration"
	Percent    Type = "percentage"
	Size       Type = "size"
	Name       Type = "name"
	Path       Type = "path"
	Glob       Type = "pattern"
	URLPath    Type = "URL path"
	Host       Type = "host"
	Variable   Type = "variable"
	SecretName Type = "secret"
	Header     Type = "header"
	Branch     Type = "branch"
	Method     Type = "method"
	Moment     Type = "time"
	Label      Type = "key" // of a flag or variant: any text of one line
)

// grammar is how a type is written: what Parse, the schema and the reference
// page say about it.
type grammar struct {
	expected string
	pattern  string // the whole text must match; empty: any text
	hint     func(text string) string
	convert  func(text string) (any, error)
}

// label is the pattern of a DNS label, at most 40 characters, which leaves
// room for release and instance names made from it.
const label = `[a-z]([a-z0-9-]{0,38}[a-z0-9])?`

func grammarOf(t Type) grammar {
	switch t {
	case Command:
		return grammar{expected: "a shell command", convert: notEmpty}
	case Switch:
		return grammar{expected: "true or false", pattern: `true|false`, convert: func(s string) (any, error) { return s == "true", nil }, hint: yesNo}
	case Whole:
		return grammar{expected: "a whole number", pattern: `-?[0-9]{1,9}`, convert: func(s string) (any, error) { return strconv.Atoi(s) }}
	case Number:
		return grammar{expected: "a number", pattern: `-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?`, convert: func(s string) (any, error) { return finite(s) }}
	case Duration:
		return grammar{
			expected: `a duration such as 500ms, 30s, 5m, 1h30m or 7d`, pattern: `0|([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+`,
			convert: func(s string) (any, error) { return ParseDuration(s) }, hint: bareNumber("s", "the unit is missing; for seconds write "),
		}
	case Percent:
		return grammar{expected: "a percentage such as 5, 0.5 or 5%", pattern: `[0-9]+(\.[0-9]+)? ?%?`, convert: func(s string) (any, error) { return finite(strings.TrimSuffix(strings.TrimSuffix(s, "%"), " ")) }}
	case Size:
		return grammar{expected: "a size such as 256MiB or 1GiB", pattern: `[0-9]+(\.[0-9]+)? ?(B|KiB|MiB|GiB|TiB|KB|MB|GB|TB)`, convert: func(s string) (any, error) { return parseSize(s) }, hint: sizeUnit}
	case Name:
		return grammar{expected: "a name of at most 40 lower-case letters, digits and hyphens that begins with a letter", pattern: label, hint: nearName}
	case Path:
		return grammar{expected: "a path inside the repository, with /", convert: cleanPath}
	case Glob:
		return grammar{expected: "a pattern of paths inside the repository, such as src/**/*.go", convert: cleanGlob}
	case URLPath:
		return grammar{expected: "a URL path that begins with /", pattern: `/[^\s#]*`, hint: leadingSlash}
	case Host:
		return grammar{expected: "a host name in lower case, without scheme, port or path", pattern: `([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`, hint: bareHost}
	case Variable:
		return grammar{expected: "a variable name of letters, digits and _", pattern: `[A-Za-z_][A-Za-z0-9_]*`}
	case SecretName:
		return grammar{expected: "a secret's name of letters, digits, _ . and -", pattern: `[A-Za-z_][A-Za-z0-9_.-]{0,99}`}
	case Header:
		return grammar{expected: "the name of a header or cookie", pattern: "[A-Za-z0-9!#$%&'*+.^_`|~-]+"}
	case Branch:
		return grammar{expected: "the name of a branch", pattern: `[A-Za-z0-9_][A-Za-z0-9_./+@-]*`}
	case Moment:
		return grammar{expected: "a time such as 2026-09-01 or 2026-09-01T08:00:00+02:00", convert: moment}
	case Label:
		return grammar{expected: "a key of at most 200 bytes on one line", convert: labelled}
	case Method:
		return grammar{expected: "an HTTP method in capitals", pattern: `[A-Z]{3,10}`}
	}
	return grammar{expected: "text"}
}

// noun is the beginning of expected, without the details.
func (g grammar) noun() string {
	end := len(g.expected)
	for _, detail := range []string{" such as", " of at most", " of letters", " of paths", " that ", " in ", ", "} {
		if i := strings.Index(g.expected, detail); i >= 0 {
			end = min(end, i)
		}
	}
	return g.expected[:end]
}

// accepts says whether what YAML took a scalar for may be of type t. YAML 1.2
// reads yes, no, on and off as text, which is why a Switch refuses them.
func accepts(t Type, n *node) bool {
	switch t {
	case Switch:
		return n.flavour == boolean
	case Whole:
		return n.flavour == integer
	case Number:
		return n.flavour == integer || n.flavour == decimal
	case Command:
		return n.flavour == text
	}
	return n.flavour != null
}

// grammars is the grammars in use, their patterns compiled once.
type grammars map[Type]compiled

type compiled struct {
	grammar
	whole *regexp.Regexp // nil: any text
}

func (gs grammars) of(t Type) compiled {
	g, ok := gs[t]
	if !ok {
		g.grammar = grammarOf(t)
		if g.pattern != "" {
			g.whole = regexp.MustCompile(`^(?:` + g.pattern + `)$`)
		}
		gs[t] = g
	}
	return g
}

// read turns the text of a scalar into a value, or says what is wrong.
func (g compiled) read(s string) (any, error) {
	if g.whole != nil && !g.whole.MatchString(s) {
		return nil, fmt.Errorf("%q is not %s", clip(s), g.noun())
	}
	if g.convert == nil {
		return s, nil
	}
	return g.convert(s)
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return s
}

func notEmpty(s string) (any, error) {
	if strings.TrimSpace(s) == "" {
		return nil, fmt.Errorf("the command is empty")
	}
	return s, nil
}

func finite(s string) (any, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, fmt.Errorf("%q is out of range", clip(s))
	}
	return f, nil
}

// ParseDuration reads a duration as davit.yaml writes it: as time.ParseDuration
// does, with d for 24 hours, and without signs and units below milliseconds.
func ParseDuration(s string) (time.Duration, error) {
	rest, total := s, 0.0
	for rest != "" && rest != "0" {
		i := strings.IndexFunc(rest, func(c rune) bool { return c != '.' && (c < '0' || c > '9') })
		if i <= 0 {
			return 0, fmt.Errorf("%q is not a duration", clip(s))
		}
		n, err := strconv.ParseFloat(rest[:i], 64)
		if err != nil {
			return 0, fmt.Errorf("%q is not a duration", clip(s))
		}
		unit := rest[i:]
		if j := strings.IndexFunc(unit, func(c rune) bool { return c >= '0' && c <= '9' }); j >= 0 {
			unit = unit[:j]
		}
		size, ok := map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[unit]
		if !ok {
			return 0, fmt.Errorf("%q is not a duration: unit %q", clip(s), clip(unit))
		}
		total += n * float64(size)
		rest = rest[i+len(unit):]
	}
	if s == "" || total > float64(math.MaxInt64)/2 {
		return 0, fmt.Errorf("%q is not a duration", clip(s))
	}
	return time.Duration(math.Round(total)), nil
}

// FormatDuration writes d as davit.yaml does: "1h30m", "5s", "250ms".
func FormatDuration(d time.Duration) string {
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	for _, u := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}, {time.Millisecond, "ms"}} {
		if n := d / u.size; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			d %= u.size
		}
	}
	if b.Len() == 0 {
		return "0s" // below a millisecond, which cannot be written
	}
	return b.String()
}

func parseSize(s string) (any, error) {
	i := strings.IndexFunc(s, func(c rune) bool { return c != '.' && (c < '0' || c > '9') })
	n, err := strconv.ParseFloat(s[:i], 64)
	if err != nil {
		return nil, fmt.Errorf("%q is not a size", clip(s))
	}
	unit := strings.TrimSpace(s[i:])
	base, power := 1000.0, strings.Index("BKMGT", unit[:1])
	if strings.Contains(unit, "i") {
		base = 1024
	}
	if n *= math.Pow(base, float64(power)); n > 1<<50 {
		return nil, fmt.Errorf("%q is out of range", clip(s))
	}
	return int64(n), nil
}

// cleanPath refuses what could lead out of the repository, whatever the
// system that reads it takes for a separator.
func cleanPath(s string) (any, error) {
	switch p := path.Clean(s); {
	case strings.TrimSpace(s) == "":
		return nil, fmt.Errorf("the path is empty")
	case strings.ContainsAny(s, "\\\x00\n\t:"):
		return nil, fmt.Errorf("%q has a character that a path may not have", clip(s))
	case strings.HasPrefix(s, "/"), strings.HasPrefix(s, "~"):
		return nil, fmt.Errorf("%q is not inside the repository", clip(s))
	case p == "..", strings.HasPrefix(p, "../"):
		return nil, fmt.Errorf("%q leads out of the repository", clip(s))
	case p == ".git", strings.HasPrefix(p, ".git/"):
		return nil, fmt.Errorf("%q is not for a service to use", clip(s))
	default:
		return p, nil
	}
}

func cleanGlob(s string) (any, error) {
	if slices.Contains(strings.Split(s, "/"), "..") {
		return nil, fmt.Errorf("%q leads out of the repository", clip(s))
	}
	p := strings.TrimPrefix(s, "./")
	if err := CheckGlob(p); err != nil {
		return nil, err
	}
	if _, err := cleanPath(p); err != nil {
		return nil, err
	}
	return strings.TrimSuffix(p, "/"), nil
}

func yesNo(s string) string {
	switch strings.ToLower(s) {
	case "yes", "on", "y", "true":
		return "write true (YAML 1.2 reads " + s + " as text)"
	case "no", "off", "n", "false":
		return "write false (YAML 1.2 reads " + s + " as text)"
	}
	return ""
}

func bareNumber(unit, advice string) func(string) string {
	return func(s string) string {
		if _, err := strconv.ParseFloat(s, 64); err == nil {
			return advice + s + unit
		}
		return ""
	}
}

func sizeUnit(s string) string {
	n := strings.TrimRight(s, "bBiIkKmMgGtT ")
	if _, err := strconv.ParseFloat(n, 64); err != nil {
		return ""
	}
	switch unit := strings.ToUpper(strings.TrimSpace(strings.TrimPrefix(s, n))); {
	case unit == "":
		return "the unit is missing; for mebibytes write " + n + "MiB"
	case strings.Contains("KMGT", unit[:1]):
		return "write " + n + unit[:1] + "iB"
	}
	return ""
}

func nearName(s string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9' && b.Len() > 0:
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	if n := b.String(); n != "" {
		return "write " + strings.TrimRight(n[:min(40, len(n))], "-")
	}
	return ""
}

func leadingSlash(s string) string {
	if s != "" && !strings.ContainsAny(s, " :") {
		return "write /" + s
	}
	return ""
}

func bareHost(s string) string {
	h := strings.ToLower(s)
	if _, after, ok := strings.Cut(h, "://"); ok {
		h = after
	}
	if i := strings.IndexAny(h, ":/"); i >= 0 {
		h = h[:i]
	}
	if h != s && h != "" {
		return "write " + h
	}
	return ""
}
