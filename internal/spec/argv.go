package spec

import "regexp"

// Shell commands that a shell has to stay for, and those that begin with
// variables.
var (
	compound  = regexp.MustCompile("[;&|\n`(){}<>]|^\\s*(exec|if|for|while|case|cd|export|set|ulimit|umask|\\.)\\s")
	assigning = regexp.MustCompile(`^\s*[A-Za-z_][A-Za-z0-9_]*=`)
)

// Argv returns the program and arguments that run the service; nil for a
// static site. A shell command replaces the shell where it is one command, so
// that signals reach the process; where it is more, the shell stays.
func (r Run) Argv() []string {
	switch {
	case len(r.Command) > 0:
		return r.Command
	case r.Shell == "":
		return nil
	case compound.MatchString(r.Shell):
		return []string{"/bin/sh", "-c", r.Shell}
	case assigning.MatchString(r.Shell):
		return []string{"/bin/sh", "-c", "exec env " + r.Shell}
	}
	return []string{"/bin/sh", "-c", "exec " + r.Shell}
}
