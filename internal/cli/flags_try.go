package cli

import (
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/flag/authoring"
)

// flagTried is one case in the answer of flags test.
type flagTried struct {
	Name        string `json:"name"`
	Flag        string `json:"flag"`
	Environment string `json:"environment"`
	OK          bool   `json:"ok"`
	Got         string `json:"got"`
	Text        string `json:"text,omitempty"`
}

func (a *line) flagsTestCommand() *cobra.Command {
	var files []string
	var project string
	var live bool
	cmd := command("", "test CASES", "Tries what a file of cases expects of flags; a case that fails shows every rule and why.",
		"The flags come from davit.flags.yaml, from --flags, or with --live from the server.",
		"  davit flags test flags.test.yaml\n  davit flags test flags.test.yaml --flags flags/checkout.yaml\n  davit flags test flags.test.yaml --live --project shop")
	cmd.Args = cobra.ExactArgs(1)
	cmd.Flags().StringSliceVar(&files, "flags", nil, "files of flags (default davit.flags.yaml)")
	cmd.Flags().BoolVar(&live, "live", false, "try the flags as the server has them")
	cmd.Flags().StringVar(&project, "project", "", "with --live: the project (default: the service at hand, else default)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		data, err := os.ReadFile(a.path(args[0]))
		if err != nil {
			return &davit.Error{Kind: davit.Invalid, Text: err.Error()}
		}
		cases, err := authoring.ParseCases(args[0], data)
		if err != nil {
			return err
		}
		doc, err := a.flagsToTry(cmd, files, live, project)
		if err != nil {
			return err
		}
		tried, err := doc.Try(cases, time.Now())
		if err != nil {
			return err
		}
		return a.sayTried(tried)
	}
	return cmd
}

func (a *line) flagsToTry(cmd *cobra.Command, files []string, live bool, project string) (authoring.Document, error) {
	if !live {
		doc, problems, err := a.readFlags(files)
		if err == nil && len(problems) > 0 {
			err = problems
		}
		return doc, err
	}
	if len(files) > 0 {
		return authoring.Document{}, misused("--live and --flags exclude each other")
	}
	if project == "" {
		project = a.here()
	}
	if project == "" {
		project = "default"
	}
	c, err := a.client()
	if err != nil {
		return authoring.Document{}, err
	}
	v, err := api.Get[api.FlagDocument](cmd.Context(), c, "export-flags", api.Params{"project": project})
	if err != nil {
		return authoring.Document{}, err
	}
	return authoring.Parse(project, []byte(v.YAML), authoring.AnyProject(time.Now()))
}

func (a *line) sayTried(tried []authoring.Tried) error {
	out, failed := []flagTried{}, 0
	for _, t := range tried {
		if !t.OK {
			failed++
		}
		out = append(out, flagTried{Name: t.Name, Flag: t.Flag, Environment: t.Environment, OK: t.OK, Got: t.Got, Text: t.Text})
	}
	if err := a.answer(out, func() {
		for _, t := range tried {
			if t.OK {
				a.say("%s %s", a.paint(green, "✓"), plain(t.Name))
				continue
			}
			a.say("%s %s: %s (%s)", a.paint(red, "✗"), plain(t.Name), plain(t.Text), plain(t.Place))
			a.sayLines(t.Why, 1)
		}
		a.say("%s, %d failed", counted(len(tried), "case"), failed)
	}); err != nil {
		return err
	}
	if failed > 0 {
		return exit{code: api.ExitFailed}
	}
	return nil
}

func (a *line) sayLines(lines []authoring.Line, depth int) {
	for _, l := range lines {
		mark := "✗"
		if l.Held {
			mark = "✓"
		}
		a.say("%s%s %s%s", strings.Repeat("  ", depth), mark, plain(l.What), orNothing(": ", plain(l.Why)))
		a.sayLines(l.Lines, depth+1)
	}
}
