package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) experimentsCommand() *cobra.Command {
	cmd := command(groupSteer, "experiments", "A/B tests on flags, with results that may be looked at every day.",
		"The intervals hold at all looks together; inconclusive never means ship.", "  davit experiments list\n  davit experiments show one-page --project shop")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(a.experimentsListCommand(), a.experimentsShowCommand(), a.experimentsCreateCommand(),
		a.experimentsMoveCommand("start", "start NAME", "Begins to log who sees which variant.", ""),
		a.experimentsMoveCommand("stop", "stop NAME", "Ends the logging and keeps the result.", ""),
		a.experimentsMoveCommand("decide", "decide NAME VARIANT", "Records what is done with the result, and why.", " on --reason \"orders rose\""),
	)
	return cmd
}

func (a *line) experimentsListCommand() *cobra.Command {
	var f pageFlags
	var project string
	cmd := command("", "list", "Lists experiments, newest first.", "", "  davit experiments list --project shop")
	cmd.Flags().StringVar(&project, "project", "", "only of this project")
	f.add(cmd, 50)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return listing[api.Experiment]{
			route: "list-experiments",
			empty: "There are no experiments: davit experiments create --help",
			head:  []string{"experiment", "flag", "environment", "phase", "created", "hypothesis"},
			row: func(e api.Experiment) []string {
				return []string{e.Project + "/" + e.Name, e.Flag, e.Environment, e.Phase, moment(e.Created), cut(e.Hypothesis, 80)}
			},
		}.print(cmd.Context(), a, f, api.Params{"project": project})
	}
	return cmd
}

func (a *line) experimentsShowCommand() *cobra.Command {
	var project string
	cmd := command("", "show NAME", "Shows an experiment and what it shows now.", "", "  davit experiments show one-page --project shop")
	cmd.Flags().StringVar(&project, "project", "", "project of the flag (needed)")
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if project == "" {
			return misused("say which project %s belongs to: --project", args[0])
		}
		return show(cmd.Context(), a, "get-experiment", api.Params{"project": project, "experiment": args[0]}, a.showExperiment)
	}
	return cmd
}

func (a *line) showExperiment(e api.Experiment) {
	a.say("%s/%s on the flag %s in %s: %s", e.Project, e.Name, e.Flag, e.Environment, e.Phase)
	a.say("expected: %s", e.Hypothesis)
	if d := e.Decision; d != nil {
		a.say("decided for %s by %s: %s", d.Variant, d.Actor, d.Reason)
	}
	r := e.Result
	if r == nil {
		return
	}
	if e.Decision != nil {
		a.say("the figures: %s", r.Sentence)
	} else {
		a.say("%s", r.Sentence)
	}
	rows := [][]string{{"variant", "users", "share", "meant"}}
	for _, arm := range r.Arms {
		rows = append(rows, []string{arm.Variant, fmt.Sprint(arm.Users), percentOf(100 * arm.Share), percentOf(100 * arm.Meant)})
	}
	a.table(rows)
	rows = [][]string{{"metric", "variant", "control", "value", "lift", "between", "chance", "finding"}}
	for _, c := range r.Comparisons {
		name := c.Metric
		if c.Guard {
			name += " (guard)"
		}
		if c.Finding == "scarce" {
			rows = append(rows, []string{name, c.Variant, "-", "-", "-", "-", "-", c.Finding})
			continue
		}
		rows = append(rows, []string{
			name, c.Variant, fmt.Sprintf("%.4g", c.Control), fmt.Sprintf("%.4g", c.Value), signed(c.Lift[0]), signed(c.Lift[1]) + " … " + signed(c.Lift[2]),
			fmt.Sprintf("%.0f %%", 100*c.Chance), c.Finding,
		})
	}
	a.table(rows)
	a.say("shares: %s (p = %.3g); %s", r.Ratio, r.RatioP, r.Several)
	if r.Sampled < 1 {
		a.say("analysed: %s of the users, chosen at random", percentOf(100*r.Sampled))
	}
}

func signed(x float64) string { return fmt.Sprintf("%+.1f %%", 100*x) }

func (a *line) experimentsCreateCommand() *cobra.Command {
	var project string
	var body api.CreateExperiment
	var goals, guards []string
	cmd := command("", "create NAME", "Plans an experiment on a flag that splits its users.",
		`A goal or guard is NAME:KIND; KIND is conversion, mean or ratio:PER; append :down
where less is better. NAME is the metric of the events that are sent in.`,
		"  davit experiments create one-page --project shop --flag new-checkout --goal order:conversion --guard refund:mean:down \\\n    --expect \"One page sells more, because fewer give up.\"")
	f := cmd.Flags()
	f.StringVar(&project, "project", "", "project of the flag (needed)")
	f.StringVar(&body.Flag, "flag", "", "key of the flag (needed)")
	f.StringVar(&body.Environment, "env", "production", "environment")
	f.StringVar(&body.Control, "control", "", "variant to compare with (default: the flag's off variant)")
	f.StringVar(&body.Owner, "owner", "", "who answers for it")
	f.StringVar(&body.Hypothesis, "expect", "", "what you expect, and why (needed)")
	f.StringSliceVar(&goals, "goal", nil, "a metric that should become better (may be repeated)")
	f.StringSliceVar(&guards, "guard", nil, "a metric that must not become worse (may be repeated)")
	f.Float64Var(&body.Alpha, "alpha", 0, "chance of any wrong answer, at all looks (default 0.05)")
	f.Uint64Var(&body.Users, "users", 0, "users each variant must have before anything is said (default 100)")
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		body.Name = args[0]
		for _, need := range [][2]string{{project, "--project"}, {body.Flag, "--flag"}, {body.Hypothesis, "--expect"}, {strings.Join(goals, "") + strings.Join(guards, ""), "--goal or --guard"}} {
			if need[0] == "" {
				return misused("an experiment needs %s", need[1])
			}
		}
		one, err := readMetrics(goals, false)
		if err != nil {
			return err
		}
		two, err := readMetrics(guards, true)
		if err != nil {
			return err
		}
		body.Metrics = append(one, two...)
		c, err := a.client()
		if err != nil {
			return err
		}
		e, err := api.Do[api.Experiment](cmd.Context(), c, "create-experiment", api.Params{"project": project}, body)
		if err != nil {
			return err
		}
		return a.answer(e, func() { a.showExperiment(e) })
	}
	return cmd
}

func (a *line) experimentsMoveCommand(wish, use, short, example string) *cobra.Command {
	var project string
	var body api.MoveExperiment
	cmd := command("", use, short, "", "  davit experiments "+wish+" one-page"+example+" --project shop")
	cmd.Flags().StringVar(&project, "project", "", "project of the flag (needed)")
	cmd.Flags().StringVar(&body.Reason, "reason", "", "why, for the journal")
	cmd.Args = cobra.ExactArgs(len(strings.Fields(use)) - 1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if project == "" {
			return misused("say which project %s belongs to: --project", args[0])
		}
		if len(args) > 1 {
			body.Variant = args[1]
			if body.Reason == "" {
				return misused("a decision needs a --reason")
			}
		}
		c, err := a.client()
		if err != nil {
			return err
		}
		e, err := api.Do[api.Experiment](cmd.Context(), c, "move-experiment", api.Params{"project": project, "experiment": args[0], "wish": wish}, body)
		if err != nil {
			return err
		}
		return a.answer(e, func() { a.showExperiment(e) })
	}
	return cmd
}
