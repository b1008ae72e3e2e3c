package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/flag/authoring"
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
	Flags    []string         `json:"flags"` // in the files that the services name
	Problems []api.FieldError `json:"problems"`
	Warnings []api.FieldError `json:"warnings"`
}

func (a *line) validateCommand() *cobra.Command {
	cmd := command(groupShip, "validate [FILE]", "Checks a davit.yaml, and the files of flags it names: every mistake with its line, what was expected and the nearest right key.",
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
		v := validated{OK: err == nil, Services: []string{}, Flags: []string{}, Problems: fieldErrors(problems), Warnings: fieldErrors(file.Warnings)}
		for _, s := range file.Services {
			v.Services = append(v.Services, s.Name)
		}
		var flags []serviceFlags
		if v.OK {
			if flags, err = validateFlags(filepath.Dir(path), file.Services); err != nil {
				return err
			}
			for _, f := range flags {
				v.Flags = append(v.Flags, f.found.Flags...)
				v.Problems, v.Warnings = append(v.Problems, f.found.Problems...), append(v.Warnings, f.found.Warnings...)
				v.OK = v.OK && f.found.OK
			}
		}
		if err := a.answer(v, func() {
			for _, p := range append(problems, file.Warnings...) {
				a.say("%s", p.String())
			}
			if len(problems) == 0 {
				a.sayServices(file.Services, flags)
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

// sayServices says what is in a davit.yaml that is good, and how its flags are.
func (a *line) sayServices(services []spec.Service, flags []serviceFlags) {
	for _, s := range services {
		a.say("%s is good: %s, %s", s.Name, counted(len(s.Stages), "stage"), counted(len(s.Environments), "environment"))
	}
	for _, f := range flags {
		a.sayFlags(f.found, f.problems)
		if f.found.OK {
			a.say("the flags of %s are good: %d", f.service, len(f.found.Flags))
		}
	}
}

// serviceFlags are the files of flags of one service, checked.
type serviceFlags struct {
	service  string
	found    flagsValidated
	problems spec.Problems
}

// validateFlags checks the files of flags that services have, as a push would.
func validateFlags(top string, services []spec.Service) ([]serviceFlags, error) {
	var out []serviceFlags
	for _, s := range services {
		names, must := s.FlagFiles()
		doc := authoring.Document{Project: s.Name}
		var problems spec.Problems
		there := false
		for _, name := range names {
			data, err := os.ReadFile(filepath.Join(top, filepath.FromSlash(name)))
			switch {
			case errors.Is(err, fs.ErrNotExist) && !must:
				continue
			case errors.Is(err, fs.ErrNotExist):
				return nil, &davit.Error{Kind: davit.Invalid, Text: s.Name + " names " + name + " under flags, which is not there", Hint: "add the file, or take the name out"}
			case err != nil:
				return nil, &davit.Error{Kind: davit.Invalid, Text: err.Error()}
			}
			there = true
			part, err := authoring.Parse(name, data, authoring.Defaults{Project: s.Name, Now: time.Now()})
			if some, ok := errors.AsType[spec.Problems](err); ok {
				problems = append(problems, some...)
			} else if err != nil {
				return nil, err
			}
			doc.Flags, doc.Segments, doc.Groups = append(doc.Flags, part.Flags...), append(doc.Segments, part.Segments...), append(doc.Groups, part.Groups...)
		}
		if !there {
			continue
		}
		found, err := checkFlags(doc, problems)
		if err != nil {
			return nil, err
		}
		out = append(out, serviceFlags{s.Name, found, problems})
	}
	return out, nil
}

func fieldErrors(problems spec.Problems) []api.FieldError {
	out := []api.FieldError{}
	for _, p := range problems {
		out = append(out, api.FieldErrorOf(p))
	}
	return out
}
