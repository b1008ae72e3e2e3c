package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/flag/importing"
)

// flagsImported is the answer of flags import in JSON.
type flagsImported struct {
	Notes    []api.FieldError `json:"notes"`
	Document string           `json:"document,omitempty"`
	Created  []string         `json:"created"`
	Changed  []string         `json:"changed"`
	Proposed []string         `json:"proposed"`
}

// importedAtOnce is how many flags are sent in one request.
const importedAtOnce = 100

func (a *line) flagsImportCommand() *cobra.Command {
	var o importing.Options
	var format, reason string
	var dry bool
	cmd := command("", "import FILE", "Brings the flags of another system, or of an export, over; users keep their buckets.",
		"Formats: davit (a file of flags), "+strings.Join(importing.Formats(), ", ")+". What cannot be carried over is\nsaid, one line each. With --dry-run the flags are printed as a file and nothing happens.",
		"  davit flags import features.json --format unleash --project shop --dry-run\n  davit flags import davit.flags.yaml --project shop")
	cmd.Args = cobra.ExactArgs(1)
	cmd.Flags().StringVar(&format, "format", "davit", "davit, "+strings.Join(importing.Formats(), ", "))
	cmd.Flags().StringVar(&o.Project, "project", "", "project (default: the service at hand, else default)")
	cmd.Flags().StringVar(&o.Environment, "env", "production", "environment of flags whose export names none")
	cmd.Flags().StringVar(&o.Owner, "owner", "imported", "owner of flags that have none")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the journal")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "print the flags as a file; nobody is asked")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if o.Project == "" {
			o.Project = a.here()
		}
		if o.Project == "" {
			o.Project = "default"
		}
		o.Now = time.Now()
		data, err := a.readExport(args[0])
		if err != nil {
			return err
		}
		var in importing.Result
		if format == "davit" {
			in.Document, err = authoring.Parse(args[0], data, authoring.Defaults{Project: o.Project, Now: o.Now})
		} else {
			in, err = importing.Import(format, data, o)
		}
		if err != nil {
			return err
		}
		v := flagsImported{Notes: []api.FieldError{}, Created: []string{}, Changed: []string{}, Proposed: []string{}}
		for _, n := range in.Notes {
			v.Notes = append(v.Notes, api.FieldError{At: n.Flag, Text: n.Text})
		}
		if dry {
			text, err := in.Document.YAML()
			if err != nil {
				return err
			}
			v.Document = string(text)
		} else if err := a.sendFlags(cmd.Context(), in.Document, reason, &v); err != nil {
			return err
		}
		return a.answer(v, func() { a.printImported(v) })
	}
	return cmd
}

func (a *line) printImported(v flagsImported) {
	if v.Document != "" {
		a.say("%s", strings.TrimRight(v.Document, "\n"))
	}
	for _, n := range v.Notes {
		where := "#"
		if n.At != "" {
			where = "# " + plain(n.At) + ":"
		}
		a.say("%s %s", where, plain(n.Text))
	}
	if v.Document == "" {
		a.say("%s made, %d changed, %d waiting for a second person", counted(len(v.Created), "flag"), len(v.Changed), len(v.Proposed))
	}
}

// sendFlags makes a document hold, in parts that fit into a request: first what
// other flags need.
func (a *line) sendFlags(ctx context.Context, doc authoring.Document, reason string, v *flagsImported) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	send := func(part authoring.Document) error {
		text, err := part.YAML()
		if err != nil {
			return err
		}
		out, err := api.Do[api.FlagsApplied](ctx, c, "apply-flags", api.Params{"project": doc.Project}, api.ApplyFlags{Document: string(text), Reason: reason})
		if err != nil {
			return err
		}
		v.Created, v.Changed, v.Proposed = append(v.Created, out.Created...), append(v.Changed, out.Changed...), append(v.Proposed, out.Proposed...)
		return nil
	}
	if len(doc.Flags) <= importedAtOnce {
		return send(doc)
	}
	flags := parentsFirst(doc.Flags)
	if err := send(authoring.Document{Project: doc.Project, Segments: doc.Segments}); err != nil {
		return err
	}
	for part := range slices.Chunk(flags, importedAtOnce) {
		if err := send(authoring.Document{Project: doc.Project, Flags: part}); err != nil {
			return err
		}
	}
	return send(authoring.Document{Project: doc.Project, Groups: doc.Groups})
}

// parentsFirst sorts flags so that each comes after those it needs.
func parentsFirst(flags []authoring.Flag) []authoring.Flag {
	byKey, done := map[string]authoring.Flag{}, map[string]bool{}
	for _, f := range flags {
		byKey[f.Key] = f
	}
	var out []authoring.Flag
	var visit func(key string)
	visit = func(key string) {
		f, ok := byKey[key]
		if !ok || done[key] {
			return
		}
		done[key] = true
		for _, e := range f.Environments {
			for _, n := range e.Value.Needs {
				visit(n.Flag)
			}
		}
		out = append(out, f)
	}
	for _, f := range flags {
		visit(f.Key)
	}
	return out
}

// maxExport is the largest export that is read.
const maxExport = 32 << 20

func (a *line) readExport(name string) ([]byte, error) {
	if name == "-" {
		return readAll(a.Stdin)
	}
	info, err := os.Stat(a.path(name))
	if err == nil && info.Size() > maxExport {
		return nil, &davit.Error{Kind: davit.TooLarge, Text: fmt.Sprintf("%s has %d MiB: at most %d are read", name, info.Size()>>20, maxExport>>20)}
	}
	return a.readInput(name)
}
