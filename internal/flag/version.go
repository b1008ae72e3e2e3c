package flag

import "strings"

// semver reads a semantic version without its leading v. minor and patch may
// be left out together with what follows them; build metadata do not count.
type semver struct {
	major, minor, patch, pre string
	ok                       bool
}

func parseSemver(s string) (v semver) {
	s = strings.TrimPrefix(s, "v")
	if v.major, s, v.ok = versionNumber(s); !v.ok {
		return v
	}
	v.minor, v.patch = "0", "0"
	if s == "" {
		return v
	}
	if s[0] != '.' {
		return semver{}
	}
	if v.minor, s, v.ok = versionNumber(s[1:]); !v.ok {
		return v
	}
	if s == "" {
		return v
	}
	if s[0] != '.' {
		return semver{}
	}
	if v.patch, s, v.ok = versionNumber(s[1:]); !v.ok {
		return v
	}
	s, build, hasBuild := strings.Cut(s, "+")
	if hasBuild && !identifiers(build, true) {
		return semver{}
	}
	if s != "" {
		if s[0] != '-' || !identifiers(s[1:], false) {
			return semver{}
		}
		v.pre = s[1:]
	}
	return v
}

// versionNumber reads digits without a leading zero.
func versionNumber(s string) (number, rest string, ok bool) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i == 0 || i > 1 && s[0] == '0' {
		return "", "", false
	}
	return s[:i], s[i:], true
}

// identifiers reports whether s is a list of them, with dots between.
func identifiers(s string, leadingZeros bool) bool {
	for part := range strings.SplitSeq(s, ".") {
		if part == "" || !leadingZeros && len(part) > 1 && part[0] == '0' && digitsOnly(part) {
			return false
		}
		for _, c := range []byte(part) {
			if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' {
				return false
			}
		}
	}
	return true
}

func digitsOnly(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// compareSemver orders by https://semver.org §11.
func compareSemver(a, b semver) int {
	if c := compareDigits(a.major, b.major); c != 0 {
		return c
	}
	if c := compareDigits(a.minor, b.minor); c != 0 {
		return c
	}
	if c := compareDigits(a.patch, b.patch); c != 0 {
		return c
	}
	switch {
	case a.pre == b.pre:
		return 0
	case a.pre == "":
		return 1
	case b.pre == "":
		return -1
	}
	return comparePre(a.pre, b.pre)
}

func comparePre(a, b string) int {
	for a != "" && b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if x == y {
			continue
		}
		xs, ys := digitsOnly(x), digitsOnly(y)
		switch {
		case xs && ys:
			return compareDigits(x, y)
		case xs:
			return -1
		case ys:
			return 1
		}
		return strings.Compare(x, y)
	}
	return strings.Compare(a, b) // the longer one is greater
}

func compareDigits(a, b string) int {
	if len(a) != len(b) {
		if len(a) < len(b) {
			return -1
		}
		return 1
	}
	return strings.Compare(a, b)
}

// versionTest is sem_ver: [version, operator, version]. What is no version or
// no operator gives null.
func versionTest(e *eval, args []node) val {
	if len(args) != 3 {
		return val{}
	}
	a, op, b := args[0].eval(e), args[1].eval(e), args[2].eval(e)
	x, y := e.semver(a), e.semver(b)
	if !x.ok || !y.ok || op.form != isText {
		return val{}
	}
	c := compareSemver(x, y)
	switch op.str {
	case "=":
		return boolean(c == 0)
	case "!=":
		return boolean(c != 0)
	case "<":
		return boolean(c < 0)
	case "<=":
		return boolean(c <= 0)
	case ">":
		return boolean(c > 0)
	case ">=":
		return boolean(c >= 0)
	case "^":
		return boolean(x.major == y.major)
	case "~":
		return boolean(x.major == y.major && x.minor == y.minor)
	}
	return val{}
}

// semver reads v as a version; numbers may be ones too.
func (e *eval) semver(v val) semver {
	if v.form != isText && v.form != isNumber {
		return semver{}
	}
	s := e.text(v)
	if len(s) > 0 && s[0] == 'V' {
		s = s[1:]
	}
	return parseSemver(s)
}
