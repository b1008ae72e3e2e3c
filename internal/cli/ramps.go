package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) rampsCommand() *cobra.Command {
	cmd := command(groupSteer, "ramps", "Gives a flag's variant to more and more users while the judge watches production.",
		"A step is left only when those who have the variant fare no worse than the others.\nIf they do, nobody has it any more within a second, and the flag is locked.",
		"  davit ramps list\n  davit ramps start new-checkout --project shop")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(a.rampsListCommand(), a.rampsShowCommand(), a.rampsStartCommand())
	for _, w := range []struct{ wish, short, example string }{
		{"hold", "Keeps a ramp at its share until somebody resumes it.", "--reason \"support wants a look\""},
		{"resume", "Ends a hold; the judge decides again.", ""},
		{"advance", "Goes on to the next step; with --force without the judge's PASS.", "--force --reason \"the errors are a partner's\""},
		{"abort", "Takes a ramp back: nobody has the variant any more.", "--reason \"support is flooded\""},
		{"unlock", "Lets a flag whose ramp failed or was aborted be ramped again.", "--reason \"mended in shop-18\""},
	} {
		cmd.AddCommand(a.rampsSteerCommand(w.wish, w.short, w.example))
	}
	return cmd
}

// rampAt are the options that say which ramp is meant.
type rampAt struct{ project, env string }

func (r *rampAt) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.project, "project", "", "project of the flag (default: the one that has the flag)")
	cmd.Flags().StringVar(&r.env, "env", "production", "environment")
}

func (a *line) rampsListCommand() *cobra.Command {
	var f pageFlags
	var project string
	cmd := command("", "list", "Lists the newest ramp of each flag and environment.", "", "  davit ramps list --project shop")
	cmd.Flags().StringVar(&project, "project", "", "only of this project")
	f.add(cmd, 50)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return listing[api.Ramp]{
			route: "list-ramps",
			empty: "No flag was ever ramped: davit ramps start --help",
			head:  []string{"flag", "environment", "phase", "share", "step", "since", "why"},
			row: func(r api.Ramp) []string {
				return []string{r.Project + "/" + r.Flag, r.Environment, phaseOf(r), percentOf(r.Share), stepOf(r), moment(r.Since), cut(orDash(r.Reason+once(r.Held)), 80)}
			},
		}.print(cmd.Context(), a, f, api.Params{"project": project})
	}
	return cmd
}

func phaseOf(r api.Ramp) string {
	if r.Locked {
		return r.Phase + ", locked"
	}
	return r.Phase
}

func stepOf(r api.Ramp) string { return fmt.Sprintf("%d of %d", r.Step+1, len(r.Steps)) }

func percentOf(p float64) string { return strconv.FormatFloat(p, 'g', 4, 64) + " %" }

// rampProject finds the project that is meant: as given, or the only one whose
// flag of that key was ramped.
func (a *line) rampProject(ctx context.Context, c *api.Client, at rampAt, key string) (string, error) {
	if at.project != "" {
		return at.project, nil
	}
	page, err := api.Get[api.Page[api.Ramp]](ctx, c, "list-ramps", api.Params{"limit": "500"})
	if err != nil {
		return "", err
	}
	found := map[string]bool{}
	for _, r := range page.Items {
		if r.Flag == key {
			found[r.Project] = true
		}
	}
	if len(found) != 1 {
		return "", misused("say which project %s belongs to: --project", key)
	}
	for p := range found {
		return p, nil
	}
	return "", nil
}

func (a *line) rampsShowCommand() *cobra.Command {
	var at rampAt
	cmd := command("", "show KEY", "Shows a ramp: its steps, whom it exposes, what the judge says.", "", "  davit ramps show new-checkout --project shop")
	at.flags(cmd)
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		project, err := a.rampProject(cmd.Context(), c, at, args[0])
		if err != nil {
			return err
		}
		r, err := api.Get[api.Ramp](cmd.Context(), c, "get-ramp", api.Params{"project": project, "flag": args[0], "environment": at.env})
		if err != nil {
			return err
		}
		return a.answer(r, func() { a.showRamp(r) })
	}
	return cmd
}

func (a *line) showRamp(r api.Ramp) {
	a.say("%s/%s in %s: %s, %s of the users have %s, the others %s", r.Project, r.Flag, r.Environment, phaseOf(r), percentOf(r.Share), r.Variant, r.Control)
	for i, s := range r.Steps {
		mark := " "
		if i == r.Step && r.Ended.IsZero() {
			mark = ">"
		}
		text := fmt.Sprintf("%s %-7s hold %s, %s", mark, percentOf(s.Share), s.Hold, s.Judge)
		if s.Samples > 0 {
			text += fmt.Sprintf(", %d samples", s.Samples)
		}
		if s.Approve {
			text += ", waits for a person"
		}
		a.say("%s", text)
	}
	for _, l := range [][2]string{{"held by", once(r.Held)}, {"waits:", strings.Join(r.Waiting, "; ")}, {"judge:", strings.TrimSpace(r.Verdict + " " + r.Word)}, {"ended:", r.Reason}} {
		if l[1] != "" {
			a.say("%s %s", l[0], l[1])
		}
	}
	if r.Locked {
		a.say("locked: davit ramps unlock %s --project %s --env %s --reason …", r.Flag, r.Project, r.Environment)
	}
}

// once takes away a beginning that comes twice: a guard that holds a ramp names
// itself in its reason, too.
func once(text string) string {
	who, rest, _ := strings.Cut(text, ": ")
	if strings.HasPrefix(rest, who+": ") {
		return rest
	}
	return text
}

func (a *line) rampsStartCommand() *cobra.Command {
	var at rampAt
	var body api.StartRamp
	var steps, guards []string
	cmd := command("", "start KEY", "Begins a ramp: 1, 5, 25, 50 and 100 % unless told otherwise.",
		`Steps are shares, each with its own hold if it differs: 1,5@30m,25,100.
With --over the share grows with time, watched all the same.
A guard is NAME:KIND of events sent to /api/v1/metrics/events; KIND is conversion,
mean or ratio:PER; append :down where less is better.`,
		`  davit ramps start new-checkout --project shop
  davit ramps start new-checkout --project shop --steps 1,10@30m,50,100 --hold 10m --samples 500
  davit ramps start ranking --project search --over 48h --guard order:conversion --guard refund:mean:down`)
	at.flags(cmd)
	f := cmd.Flags()
	f.StringSliceVar(&steps, "steps", nil, "shares in percent")
	f.StringVar(&body.Over, "over", "", "by time: from nobody to everybody in so long")
	f.StringVar(&body.Hold, "hold", "", "least time of each step (default 10m)")
	f.Uint64Var(&body.Samples, "samples", 0, "requests or users that each side must have had in each step")
	f.StringVar(&body.Service, "service", "", "whose telemetry judges it (default: the service of the project's name)")
	f.StringVar(&body.Variant, "variant", "", "which variant grows (default: on, true or the first)")
	f.StringVar(&body.Control, "control", "", "what the others have (default: what is served now)")
	f.StringVar(&body.Back, "back", "", "what a FAIL does: nobody (default), previous or off")
	f.StringVar(&body.Overdue, "overdue", "", "what a step without a PASS does at its deadline: hold (default) or back")
	f.StringSliceVar(&guards, "guard", nil, "a metric that must not become worse (may be repeated)")
	f.StringVar(&body.Reason, "reason", "", "why, for the journal")
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if at.project == "" {
			return misused("say which project %s belongs to: --project", args[0])
		}
		var err error
		if body.Steps, err = readSteps(steps); err != nil {
			return err
		}
		if body.Guards, err = readMetrics(guards, true); err != nil {
			return err
		}
		c, err := a.client()
		if err != nil {
			return err
		}
		r, err := api.Do[api.Ramp](cmd.Context(), c, "start-ramp", api.Params{"project": at.project, "flag": args[0], "environment": at.env}, body)
		if err != nil {
			return err
		}
		return a.answer(r, func() { a.showRamp(r) })
	}
	return cmd
}

// readSteps reads shares such as 5@30m.
func readSteps(texts []string) ([]api.RampStep, error) {
	var out []api.RampStep
	for _, text := range texts {
		share, hold, _ := strings.Cut(text, "@")
		p, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(share, "%")), 64)
		if err != nil {
			return nil, misused("--steps: %q is no percentage", text)
		}
		out = append(out, api.RampStep{Share: p, Hold: hold})
	}
	return out, nil
}

// readMetrics reads NAME:KIND[:PER][:down].
func readMetrics(texts []string, guard bool) ([]api.Metric, error) {
	var out []api.Metric
	for _, text := range texts {
		part := strings.Split(text, ":")
		m := api.Metric{Name: part[0], Kind: "conversion", Guard: guard}
		if len(part) > 1 {
			m.Kind, part = part[1], part[2:]
		} else {
			part = nil
		}
		if m.Kind == "ratio" && len(part) > 0 {
			m.Per, part = part[0], part[1:]
		}
		if len(part) == 1 && part[0] == "down" {
			m.Down, part = true, nil
		}
		if m.Name == "" || len(part) > 0 || m.Kind == "ratio" && m.Per == "" {
			return nil, misused("%q is no metric: want NAME:conversion, NAME:mean or NAME:ratio:PER, and :down where less is better", text)
		}
		out = append(out, m)
	}
	return out, nil
}

func (a *line) rampsSteerCommand(wish, short, example string) *cobra.Command {
	var at rampAt
	var body api.SteerRamp
	var long time.Duration
	cmd := command("", wish+" KEY", short, "", strings.TrimRight("  davit ramps "+wish+" new-checkout --project shop "+example, " "))
	at.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&body.Reason, "reason", "", "why, for the journal")
	switch wish {
	case "hold":
		f.DurationVar(&long, "for", 0, "how long (default: until somebody resumes it)")
	case "advance":
		f.BoolVar(&body.Force, "force", false, "without the judge's PASS; needs a --reason")
	}
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if long > 0 {
			body.Until = time.Now().Add(long)
		}
		c, err := a.client()
		if err != nil {
			return err
		}
		project, err := a.rampProject(cmd.Context(), c, at, args[0])
		if err != nil {
			return err
		}
		r, err := api.Do[api.Ramp](cmd.Context(), c, "steer-ramp", api.Params{"project": project, "flag": args[0], "environment": at.env, "wish": wish}, body)
		if err != nil {
			return err
		}
		return a.answer(r, func() { a.showRamp(r) })
	}
	return cmd
}
