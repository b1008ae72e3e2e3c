package cli

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/flag/refs"
)

// flagRefs is the answer of flags refs in JSON.
type flagRefs struct {
	Files  int       `json:"files"`
	Flags  []flagRef `json:"flags"`
	Unread []refUse  `json:"unread"`
}

type flagRef struct {
	Key  string   `json:"key"`
	Step string   `json:"step"`
	Text string   `json:"text"`
	Uses []refUse `json:"uses"`
}

type refUse struct {
	At   string `json:"at"`
	Call string `json:"call,omitempty"`
	Text string `json:"text"`
}

// maxSource is the largest file that is read.
const maxSource = 2 << 20

func (a *line) flagsRefsCommand() *cobra.Command {
	var project string
	var files []string
	var fail bool
	cmd := command("", "refs [DIR]", "Finds the uses of flags in code, and says what is safe to remove.",
		"It knows the calls of OpenFeature's SDKs and of LaunchDarkly, Unleash, GrowthBook, GO Feature Flag\nand Flipt in Go, JavaScript, TypeScript, Python, Java, Kotlin, C#, Ruby, PHP, Swift and Rust.\nWith --flags it works without a server, but then knows nothing of use.",
		"  davit flags refs\n  davit flags refs src --project shop --fail", api.ExitRefused)
	cmd.Args = cobra.MaximumNArgs(1)
	cmd.Flags().StringVar(&project, "project", "", "project of the flags (default: the service at hand, else all)")
	cmd.Flags().StringSliceVar(&files, "flags", nil, "files of flags, instead of the server's")
	cmd.Flags().BoolVar(&fail, "fail", false, "end with status 3 if the code asks for a flag that should go or is not there")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		dir := a.Dir
		if len(args) == 1 {
			dir = a.path(args[0])
		}
		known, err := a.flagsKnown(cmd.Context(), project, files)
		if err != nil {
			return err
		}
		keys := []string{}
		for _, f := range known {
			keys = append(keys, f.Key)
		}
		uses, n, err := scanFolder(cmd.Context(), dir, refs.NewScanner(keys))
		if err != nil {
			return err
		}
		advice, unread := refs.Advise(known, uses)
		v := flagRefs{Files: n, Flags: []flagRef{}, Unread: usesOf(unread)}
		bad := false
		for _, one := range advice {
			v.Flags = append(v.Flags, flagRef{Key: one.Key, Step: one.Step, Text: one.Text, Uses: usesOf(one.Uses)})
			bad = bad || one.Step == refs.RemoveCode || one.Step == refs.Unknown
		}
		if err := a.answer(v, func() { a.printRefs(v) }); err != nil {
			return err
		}
		if fail && bad {
			return exit{code: api.ExitRefused}
		}
		return nil
	}
	return cmd
}

func usesOf(uses []refs.Use) []refUse {
	out := []refUse{}
	for _, u := range uses {
		out = append(out, refUse{At: fmt.Sprintf("%s:%d:%d", u.File, u.Line, u.Column), Call: u.Call, Text: u.Text})
	}
	return out
}

func (a *line) printRefs(v flagRefs) {
	for _, f := range v.Flags {
		a.say("%s: %s", a.paint(bold, plain(f.Key)), plain(f.Text))
		for _, u := range f.Uses {
			a.say("  %s  %s", plain(u.At), plain(u.Text))
		}
	}
	if len(v.Unread) > 0 {
		a.section("Calls whose key cannot be read")
		for _, u := range v.Unread {
			a.say("  %s  %s", plain(u.At), plain(u.Text))
		}
	}
	a.say("%s read", counted(v.Files, "file"))
}

// flagsKnown returns the flags there are, from files or from the server.
func (a *line) flagsKnown(ctx context.Context, project string, files []string) ([]refs.Flag, error) {
	var out []refs.Flag
	if len(files) > 0 {
		doc, problems, err := a.readFlags(files)
		if err != nil {
			return nil, err
		}
		if len(problems) > 0 {
			return nil, problems
		}
		for _, f := range doc.Flags {
			out = append(out, refs.Flag{Key: f.Key, Lasts: f.Kind == authoring.KillSwitch || f.Kind == authoring.Permission})
		}
		return out, nil
	}
	if project == "" {
		project = a.here()
	}
	c, err := a.client()
	if err != nil {
		return nil, err
	}
	params := api.Params{"project": project, "limit": "500"}
	for {
		page, err := api.Get[api.Page[api.Flag]](ctx, c, "list-flags", params)
		if err != nil {
			return nil, err
		}
		for _, f := range page.Items {
			out = append(out, refs.Flag{Key: f.Key, Stale: f.Stale, Keep: f.Keep, Lasts: f.Expires.IsZero()})
		}
		if params["after"] = page.Next; page.Next == "" {
			return out, nil
		}
	}
}

// scanFolder reads the source files below a folder.
func scanFolder(ctx context.Context, dir string, s *refs.Scanner) (uses []refs.Use, files int, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir() && path != dir && refs.Skips(d.Name()):
			return filepath.SkipDir
		case !d.Type().IsRegular() || !refs.Reads(d.Name()):
			return nil
		}
		if info, err := d.Info(); err != nil || info.Size() > maxSource {
			return nil //nolint:nilerr // it went away, or is not written by a person
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		files++
		uses = append(uses, s.Scan(filepath.ToSlash(name), source)...)
		return nil
	})
	if err != nil {
		return nil, 0, &davit.Error{Kind: davit.Invalid, Text: "read the code: " + err.Error()}
	}
	return uses, files, nil
}
