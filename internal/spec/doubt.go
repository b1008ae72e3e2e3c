package spec

import (
	"regexp"
	"strings"
)

// reserved says whether the target sets a variable of a process itself.
func reserved(name string) bool {
	return name == "PORT" || name == "HOST" || strings.HasPrefix(name, "DAVIT_")
}

// doubtful warns of variables that look like secrets or that Davit sets
// itself. The value is in no warning.
func (b *builder) doubtful(e entry, process bool, at string) {
	value, _ := e.value.val().(string)
	switch {
	case process && reserved(e.name):
		b.warnings = append(b.warnings, b.at(e.at, at, e.name+" is set by Davit; the value here is not used", "", "leave it out"))
	case inlined(e.name, value):
		b.warnings = append(b.warnings, b.at(e.at, at, e.name+" looks like a secret that everybody who reads the repository can see", "", "davit secret set "+e.name+", then name it under secrets"))
	}
}

// What secrets look like: by their form, or by their variable's name unless the
// value plainly is something else.
var (
	secretValue   = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY|^AKIA[A-Z0-9]{16}$|^gh[pousr]_[A-Za-z0-9]{20,}|^github_pat_|^glpat-|^sk_live_|^xox[abpr]-|^eyJ[A-Za-z0-9_-]{10,}\.eyJ|://[^/\s:@]+:[^/\s@]+@`)
	secretName    = regexp.MustCompile(`(?i)(^|_)(pass(word|wd|phrase)?|secret|token|api_?key|private_?key|access_?key|credentials?)$`)
	harmlessValue = regexp.MustCompile(`(?i)^(true|false|on|off|yes|no|none|[0-9]{1,6}|/.*|\$.*|https?://[^@]*|[a-z0-9._/-]*\.(pem|key|json|txt))$`)
)

// inlined says whether a variable looks like a secret: by what its value
// looks like, or by its name unless the value plainly is something else.
func inlined(name, value string) bool {
	if value == "" {
		return false
	}
	if secretValue.MatchString(value) {
		return true
	}
	return secretName.MatchString(name) && !harmlessValue.MatchString(value)
}
