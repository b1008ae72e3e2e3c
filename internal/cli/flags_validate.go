package cli

import (
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/spec"
)

// flagsValidated is the answer of flags validate in JSON.
type flagsValidated struct {
	OK       bool             `json:"ok"`
	Flags    []string         `json:"flags"`
	Problems []api.FieldError `json:"problems"`
	Warnings []api.FieldError `json:"warnings"`
}

func (a *line) flagsValidateCommand() *cobra.Command {
	cmd := command("", "validate [FILE…]", "Checks files of flags: every mistake with its line, what was expected and the nearest right key.",
		"Several files are checked together. Nobody is asked; it works without a server.",
		"  davit flags validate\n  davit flags validate flags/*.yaml")
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		doc, problems, err := a.readFlags(args)
		if err != nil {
			return err
		}
		v, err := checkFlags(doc, problems)
		if err != nil {
			return err
		}
		if err := a.answer(v, func() {
			a.sayFlags(v, problems)
			if v.OK {
				a.say("%s and %s are good", counted(len(doc.Flags), "flag"), counted(len(doc.Segments), "segment"))
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

// checkFlags holds the flags of a document against each other, if each was well
// written, and says what is worth knowing of those that are good.
func checkFlags(doc authoring.Document, problems spec.Problems) (flagsValidated, error) {
	v := flagsValidated{Flags: []string{}, Problems: fieldErrors(problems), Warnings: []api.FieldError{}}
	for _, f := range doc.Flags {
		v.Flags = append(v.Flags, f.Key)
	}
	if len(problems) == 0 {
		for _, p := range authoring.Check(doc.Flags, doc.Segments, doc.Groups) {
			v.Problems = append(v.Problems, api.FieldError{At: p.Where(), Text: p.Text})
		}
	}
	if len(v.Problems) == 0 {
		var err error
		if v.Warnings, err = flagWarnings(doc); err != nil {
			return v, err
		}
	}
	v.OK = len(v.Problems) == 0
	return v, nil
}

// sayFlags prints what is wrong, and what is worth knowing.
func (a *line) sayFlags(v flagsValidated, problems spec.Problems) {
	for _, p := range problems {
		a.say("%s", p.String())
	}
	if len(problems) == 0 {
		for _, p := range v.Problems {
			a.say("%s: %s", plain(p.At), plain(p.Text))
		}
	}
	for _, w := range v.Warnings {
		a.say("%s: %s", plain(w.At), plain(w.Text))
	}
}

// readFlags reads files of flags, by default the one beside davit.yaml, as one
// document.
func (a *line) readFlags(files []string) (authoring.Document, spec.Problems, error) {
	if len(files) == 0 {
		files = []string{spec.FlagsFile}
	}
	project := a.here()
	if project == "" {
		project = "default"
	}
	doc := authoring.Document{Project: project}
	var problems spec.Problems
	for _, name := range files {
		data, err := os.ReadFile(a.path(name))
		if err != nil {
			return doc, nil, &davit.Error{Kind: davit.Invalid, Text: err.Error(), Hint: "davit flags export writes one"}
		}
		part, err := authoring.Parse(name, data, authoring.AnyProject(time.Now()))
		if some, ok := errors.AsType[spec.Problems](err); ok {
			problems = append(problems, some...)
		} else if err != nil {
			return doc, nil, err
		}
		if part.Project != "default" {
			doc.Project = part.Project
		}
		doc.Flags = append(doc.Flags, part.Flags...)
		doc.Segments = append(doc.Segments, part.Segments...)
		doc.Groups = append(doc.Groups, part.Groups...)
	}
	return doc, problems, nil
}

// flagWarnings compiles every environment and says which flags only the server
// can evaluate, and which are overdue.
func flagWarnings(doc authoring.Document) ([]api.FieldError, error) {
	out := []api.FieldError{}
	seen := map[string]bool{}
	for _, f := range doc.Flags {
		if f.Overdue(time.Now()) {
			out = append(out, api.FieldError{At: "flag " + f.Key, Text: "it should have gone by " + f.Expires.Format(time.DateOnly)})
		}
		for _, name := range f.Environments.Names() {
			if seen[name] {
				continue
			}
			seen[name] = true
			text, _, err := authoring.Compile(doc.Project, name, doc.Flags, doc.Segments, doc.Groups)
			if err != nil {
				return nil, err
			}
			set, _, err := flag.Parse(text, flag.ParseOptions{})
			if err != nil {
				return nil, err
			}
			for key, compiled := range set.Flags() {
				if !compiled.Portable() {
					out = append(out, api.FieldError{At: "flag " + key + " in " + name, Text: "only the server can evaluate it: clients that evaluate by themselves use their program's own default"})
				}
			}
		}
	}
	return out, nil
}
