package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) flagsShowCommand() *cobra.Command {
	var f flagChange
	cmd := command("", "show KEY", "Shows a flag: its text, its use, what it needs, who needs it, and what waits for approval.", "",
		"  davit flags show new-checkout\n  davit flags show new-checkout --project shop --json")
	cmd.Args = cobra.ExactArgs(1)
	f.projectFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		v, err := flagCall[api.FlagDetail](cmd.Context(), a, "get-flag", f.project, args[0], nil, nil)
		if err != nil {
			return err
		}
		return a.answer(v, func() { a.printFlag(v) })
	}
	return cmd
}

func (a *line) printFlag(v api.FlagDetail) {
	a.say("%s of %s, version %d, changed %s", a.paint(bold, plain(v.Key)), v.Project, v.Version, moment(v.Changed))
	a.say("%s", plain(v.Purpose))
	for _, row := range [][2]string{
		{"needs", strings.Join(v.Needs, ", ")}, {"needed by", strings.Join(v.NeededBy, ", ")}, {"segments", strings.Join(v.Segments, ", ")}, {"file", v.File},
	} {
		if row[1] != "" {
			a.say("%-10s %s", row[0], plain(row[1]))
		}
	}
	if !v.Expires.IsZero() {
		a.say("%-10s %s", "expires", v.Expires.Format(time.DateOnly))
	}
	for _, s := range v.Stale {
		a.say("%-10s %s", "stale", plain(s))
	}
	for _, d := range v.Drift {
		a.say("%-10s %s", "drifted", plain(d))
	}
	rows := [][]string{{"environment", "does", "asked", "last"}}
	for _, e := range v.Environments {
		rows = append(rows, []string{e.Name, e.Does, number(e.Asked), moment(e.Last)})
	}
	a.say("")
	if len(v.Environments) == 0 {
		a.say("It is off everywhere: davit flags on %s --env NAME turns it on.", v.Key)
	} else {
		a.table(rows)
	}
	for _, p := range v.Proposals {
		a.section("Waits for a second person until " + moment(p.Expires))
		why := ""
		if p.Reason != "" {
			why = ": " + p.Reason
		}
		a.say("  %s", plain(p.Actor+" proposed this"+why))
		for _, c := range p.Changes {
			a.say("  %s", plain(c))
		}
		a.say("  davit flags approve %s %s", v.Key, p.Hash)
	}
	a.section("Text")
	indent(a.Stdout, "  ", v.YAML)
}
