package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/spec"
)

// configFile is where a repository describes its services.
const configFile = "davit.yaml"

// known is what davit.yaml may name in this build.
func (a *line) known() spec.Known {
	if a.Programs.Known == nil {
		return spec.Known{}
	}
	return a.Programs.Known()
}

// readConfig reads and checks a davit.yaml.
func (a *line) readConfig(path string) (spec.File, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return spec.File{}, &davit.Error{Kind: davit.Invalid, Text: "there is no " + filepath.Base(path) + " in " + filepath.Dir(path), Hint: "davit init writes one"}
	}
	if err != nil {
		return spec.File{}, &davit.Error{Kind: davit.Invalid, Text: err.Error()}
	}
	name := path
	if short, err := filepath.Rel(a.Dir, path); err == nil {
		name = short
	}
	return spec.Parse(name, data, a.known())
}

// validated is the answer of validate in JSON.
type validated struct {
	OK       bool             `json:"ok"`
	Services []string         `json:"services"`
	Problems []api.FieldError `json:"problems"`
	Warnings []api.FieldError `json:"warnings"`
}

func (a *line) validateCommand() *cobra.Command {
	cmd := command(groupShip, "validate [FILE]", "Checks a davit.yaml: every mistake with its line, what was expected and the nearest right key.",
		"Nobody is asked; it works without a server.", "  davit validate\n  davit validate services/shop/davit.yaml")
	cmd.Args = cobra.MaximumNArgs(1)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		path := a.path(configFile)
		if len(args) == 1 {
			path = a.path(args[0])
		}
		file, err := a.readConfig(path)
		problems, ok := errors.AsType[spec.Problems](err)
		if err != nil && !ok {
			return err
		}
		v := validated{OK: err == nil, Services: []string{}, Problems: fieldErrors(problems), Warnings: fieldErrors(file.Warnings)}
		for _, s := range file.Services {
			v.Services = append(v.Services, s.Name)
		}
		if err := a.answer(v, func() {
			for _, p := range append(problems, file.Warnings...) {
				a.say("%s", p.String())
			}
			if v.OK {
				for _, s := range file.Services {
					a.say("%s is good: %s, %s", s.Name, counted(len(s.Stages), "stage"), counted(len(s.Environments), "environment"))
				}
			}
		}); err != nil {
			return err
		}
		if !v.OK {
			return exit{code: api.ExitFailed}
		}
		return nil
	}
	return cmd
}

func fieldErrors(problems spec.Problems) []api.FieldError {
	out := []api.FieldError{}
	for _, p := range problems {
		out = append(out, api.FieldErrorOf(p))
	}
	return out
}
