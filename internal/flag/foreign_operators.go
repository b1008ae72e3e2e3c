package flag

import (
	"math"
	"net/netip"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// longestPattern is the longest regular expression, in bytes. Matching takes
// time in proportion to pattern and text, whatever the pattern (RE2).
const longestPattern = 1000

// pattern is davit.regex: [text, pattern]. The pattern is a literal, and may
// match anywhere; (?i) at its start ignores case.
type pattern struct {
	list []node
	re   *regexp.Regexp
}

func (n *pattern) eval(e *eval) val {
	v := n.list[0].eval(e)
	if v.form != isText {
		return val{}
	}
	return boolean(n.re.MatchString(v.str))
}

func (n *pattern) name() string { return "davit.regex" }
func (n *pattern) args() []node { return n.list }

// network is davit.cidr: [address, network or array of networks].
type network struct {
	list []node
	nets []netip.Prefix
}

func (n *network) eval(e *eval) val {
	v := n.list[0].eval(e)
	if v.form != isText {
		return val{}
	}
	addr, err := netip.ParseAddr(v.str)
	if err != nil {
		return val{}
	}
	addr = addr.Unmap().WithZone("")
	for _, p := range n.nets {
		if p.Contains(addr) {
			return boolean(true)
		}
	}
	return boolean(false)
}

func (n *network) name() string { return "davit.cidr" }
func (n *network) args() []node { return n.list }

// parseNetwork reads a network or a single address.
func parseNetwork(s string) (netip.Prefix, bool) {
	if addr, err := netip.ParseAddr(s); err == nil {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, false
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), true
}

// ordered is davit.date_before and davit.date_after: [date, date], each a text
// as RFC 3339 has it, a day, or a number of Unix seconds. What is no date
// gives null.
func ordered(after bool) func(e *eval, args []node) val {
	return func(e *eval, args []node) val {
		a, b := moment(arg(e, args, 0)), moment(arg(e, args, 1))
		if math.IsNaN(a) || math.IsNaN(b) {
			return val{}
		}
		return boolean(after && a > b || !after && a < b)
	}
}

// moment is v in Unix seconds; NaN if it is no date.
func moment(v val) float64 {
	switch v.form {
	case isNumber:
		return v.num
	case isText:
		for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02"} {
			if len(v.str) > 40 {
				break
			}
			if t, err := time.Parse(layout, v.str); err == nil {
				return float64(t.Unix()) + float64(t.Nanosecond())/1e9
			}
		}
	}
	return math.NaN()
}

// lower is davit.lower: [text], in lower case as Unicode has it, for
// comparisons that ignore case.
func lower(e *eval, args []node) val {
	v := arg(e, args, 0)
	if v.form != isText {
		return val{}
	}
	plain := true
	for i := range len(v.str) {
		if c := v.str[i]; c >= utf8.RuneSelf || c >= 'A' && c <= 'Z' {
			plain = false
			break
		}
	}
	if plain {
		return v
	}
	if !e.spend(1 + len(v.str)/64) {
		return val{}
	}
	from := len(e.buf)
	for _, r := range v.str {
		e.buf = utf8.AppendRune(e.buf, unicode.ToLower(r))
	}
	return text(e.written(from))
}

// foreignOperators adds the operators that only this program has.
func foreignOperators(ops map[string]operator) {
	ops["davit.date_before"] = operator{least: 2, most: 2, fn: ordered(false), foreign: true}
	ops["davit.date_after"] = operator{least: 2, most: 2, fn: ordered(true), foreign: true}
	ops["davit.lower"] = operator{least: 1, most: 1, fn: lower, foreign: true}
	ops["davit.regex"] = operator{least: 2, most: 2, foreign: true}
	ops["davit.cidr"] = operator{least: 2, most: 2, foreign: true}
	ops["davit.bucket"] = operator{least: 4, most: -1, foreign: true}
}

// prepared compiles the operators whose second argument is made ready
// beforehand; trouble says why it cannot be.
func prepared(op string, args []node) (n node, trouble string) {
	if len(args) != 2 {
		return nil, op + " takes 2 arguments"
	}
	lit, ok := args[1].(*literal)
	if !ok {
		return nil, "the second argument of " + op + " is a literal"
	}
	if op == "davit.regex" {
		if lit.v.form != isText || len(lit.v.str) > longestPattern {
			return nil, "a pattern is a text of at most 1000 bytes"
		}
		re, err := regexp.Compile(lit.v.str)
		if err != nil {
			return nil, strings.ReplaceAll(err.Error(), "error parsing regexp: ", "the pattern does not parse: ")
		}
		return &pattern{list: args, re: re}, ""
	}
	items := []val{lit.v}
	if lit.v.form == isArray {
		items = lit.v.list.vals
	}
	nets := make([]netip.Prefix, 0, len(items))
	for _, v := range items {
		p, ok := parseNetwork(v.str)
		if v.form != isText || !ok {
			return nil, quote(v.str) + " is no network: write as in 10.0.0.0/8"
		}
		nets = append(nets, p)
	}
	return &network{list: args, nets: nets}, ""
}
