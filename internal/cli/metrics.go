package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) metricsCommand() *cobra.Command {
	cmd := command(groupSteer, "metrics", "What users did: sends events in, and shows what they came to.",
		"Programs send them to POST /api/v1/metrics/events with a token of the role client.", "  davit metrics send events.ndjson --set shop/production")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(a.metricsSendCommand(), a.metricsShowCommand())
	return cmd
}

// eventsAtOnce is how many events are sent in one call.
const eventsAtOnce = 2000

func (a *line) metricsSendCommand() *cobra.Command {
	var set string
	cmd := command("", "send FILE", "Sends events in: a line of JSON each; - reads standard input.",
		`Each line has key (the user's targeting key), metric, id (sent twice, it counts
once), and perhaps value, at, flag or experiment. A line with flag and variant
and without a metric says what a user saw.`,
		"  davit metrics send events.ndjson --set shop/production\n  tail -f events.ndjson | davit metrics send -")
	cmd.Flags().StringVar(&set, "set", "", "project/environment (default: the only one there is)")
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in := a.Stdin
		if args[0] != "-" {
			f, err := os.Open(a.path(args[0]))
			if err != nil {
				return misused("%v", err)
			}
			defer func() { _ = f.Close() }()
			in = f
		}
		c, err := a.client()
		if err != nil {
			return err
		}
		var sum api.Accepted
		send := func(events []api.Tracked) error {
			got, err := api.Do[api.Accepted](cmd.Context(), c, "send-events", api.Params{"flagSetId": set}, events)
			sum.Events, sum.Ignored, sum.Counted = sum.Events+got.Events, sum.Ignored+got.Ignored, sum.Counted+got.Counted
			return err
		}
		if err := eachEvents(in, send); err != nil {
			return err
		}
		return a.answer(sum, func() {
			a.say("%d events: %d were news, %d are asked for by nothing under way", sum.Events+sum.Ignored, sum.Counted, sum.Ignored)
		})
	}
	return cmd
}

// eachEvents reads lines of events and passes them on, some at a time.
func eachEvents(r io.Reader, send func([]api.Tracked) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	var events []api.Tracked
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var e api.Tracked
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return misused("line %d: %v", n, err)
		}
		if events = append(events, e); len(events) == eventsAtOnce {
			if err := send(events); err != nil {
				return fmt.Errorf("up to line %d: %w", n, err)
			}
			events = nil
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	if len(events) == 0 {
		return nil
	}
	return send(events)
}

func (a *line) metricsShowCommand() *cobra.Command {
	var project string
	cmd := command("", "show EXPERIMENT", "What each event came to in each variant, minute by minute.", "", "  davit metrics show one-page --project shop")
	cmd.Flags().StringVar(&project, "project", "", "project of the flag (needed)")
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if project == "" {
			return misused("say which project %s belongs to: --project", args[0])
		}
		c, err := a.client()
		if err != nil {
			return err
		}
		page, err := api.Get[api.Page[api.Minute]](cmd.Context(), c, "read-minutes", api.Params{"project": project, "experiment": args[0]})
		if err != nil {
			return err
		}
		return a.answer(page, func() {
			if len(page.Items) == 0 {
				a.say("No event has counted in the last two days.")
				return
			}
			rows := [][]string{{"minute", "variant", "event", "events", "sum", "users for the first time"}}
			for _, m := range page.Items {
				rows = append(rows, []string{moment(m.At), m.Variant, m.Event, fmt.Sprint(m.Count), fmt.Sprintf("%.6g", m.Sum), fmt.Sprint(m.Conversions)})
			}
			a.table(rows)
		})
	}
	return cmd
}
