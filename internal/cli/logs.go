package cli

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) logsCommand() *cobra.Command {
	var stage, env, release, instance string
	var attempt, tail int
	var follow bool
	cmd := command(groupWatch, "logs RUN|SERVICE", "Prints what the stages of a run, or the instances of a service, wrote.", "",
		"  davit logs shop-run-12\n  davit logs shop-run-12 --stage test --follow\n  davit logs shop --env production --release shop-17 --tail 50")
	cmd.Args = cobra.ExactArgs(1)
	flags := cmd.Flags()
	flags.StringVar(&stage, "stage", "", "only this stage of the run")
	flags.IntVar(&attempt, "attempt", 0, "this attempt of the stage (default: the last)")
	flags.StringVar(&env, "env", "production", "environment of the service")
	flags.StringVar(&release, "release", "", "only instances of this release")
	flags.StringVar(&instance, "instance", "", "only this instance")
	flags.IntVar(&tail, "tail", 200, "last lines of each instance; 0: all")
	flags.BoolVarP(&follow, "follow", "f", false, "stay and print what comes")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		id, params := "read-instance-log", api.Params{"service": args[0], "environment": env, "release": release, "instance": instance, "tail": strconv.Itoa(tail)}
		if isRun(args[0]) {
			id, params = "read-run-log", api.Params{"run": args[0], "stage": stage}
			if attempt > 0 {
				params["attempt"] = strconv.Itoa(attempt)
			}
		}
		if follow {
			params["follow"] = "true"
		}
		for line, err := range c.Lines(cmd.Context(), id, params) {
			if err != nil {
				return err
			}
			if err := a.answerLine(line, func() { a.showLine(line) }); err != nil {
				return err
			}
		}
		return nil
	}
	return cmd
}

// isRun tells a run's id from a service's name.
func isRun(id string) bool { return regexp.MustCompile(`-run-\d+$`).MatchString(id) }

// isRollout tells a rollout's id from a service's or release's.
func isRollout(id string) bool { return regexp.MustCompile(`-r\d+$`).MatchString(id) }

// isRelease tells a release's id from a service's.
func isRelease(id string) bool { return regexp.MustCompile(`-\d+$`).MatchString(id) && !isRun(id) }

func (a *line) showLine(l api.LogLine) {
	source := l.Source
	if l.Stream == "stderr" {
		source = a.paint(red, source)
	} else {
		source = a.paint(grey, source)
	}
	fmt.Fprintf(a.Stdout, "%s  %s\n", source, plain(l.Text))
}
