package cli

import (
	"io"
	"path/filepath"
)

// Env is what commands know of the outside.
type Env struct {
	Stdin    io.Reader
	Stdout   io.Writer
	Stderr   io.Writer
	Getenv   func(string) string
	Dir      string // working folder
	Terminal bool   // Stdout is a terminal that people look at
	Programs Programs
}

// colours reports whether output may be coloured.
func (e Env) colours() bool {
	return e.Terminal && e.Getenv("NO_COLOR") == "" && e.Getenv("TERM") != "dumb"
}

// dataFolder is where the server on this machine keeps its data.
func (e Env) dataFolder() string {
	if state := e.Getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "davit")
	}
	return filepath.Join(e.Getenv("HOME"), ".local", "state", "davit")
}
