package cli

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) trafficCommand() *cobra.Command {
	var env, release string
	var since, step time.Duration
	cmd := command(groupWatch, "traffic SERVICE", "Shows what the router measured of each version: requests, errors, latencies.",
		"Only what users sent is counted, not Davit's own probes.",
		"  davit traffic shop\n  davit traffic shop --env staging --since 1h --step 1m")
	cmd.Args = cobra.ExactArgs(1)
	cmd.Flags().StringVar(&env, "env", "production", "environment")
	cmd.Flags().StringVar(&release, "release", "", "only this release")
	cmd.Flags().DurationVar(&since, "since", 10*time.Minute, "the last so long")
	cmd.Flags().DurationVar(&step, "step", time.Minute, "what a line covers, in whole seconds")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if step < time.Second || since < step {
			return misused("--step %s and --since %s: want at least a second, and no more than the whole", step, since)
		}
		c, err := a.client()
		if err != nil {
			return err
		}
		page, err := api.Get[api.Page[api.Series]](cmd.Context(), c, "get-series", api.Params{
			"service": args[0], "environment": env, "release": release,
			"from": time.Now().Add(-since).UTC().Format(time.RFC3339), "step": strconv.FormatInt(int64(step.Seconds()), 10),
		})
		if err != nil {
			return err
		}
		return a.answer(page, func() {
			rows := [][]string{{"time", "release", "requests", "errors", "p50", "p99"}}
			for _, s := range page.Items {
				for _, p := range s.Points {
					if p.Requests == 0 {
						continue
					}
					rows = append(rows, []string{
						moment(time.Unix(p.At, 0)), s.Release, strconv.FormatUint(p.Requests, 10),
						fmt.Sprintf("%d (%.2f %%)", p.Errors, 100*float64(p.Errors)/float64(p.Requests)), fmt.Sprintf("%.1f ms", p.P50), fmt.Sprintf("%.1f ms", p.P99),
					})
				}
			}
			if len(rows) == 1 {
				a.say("No requests in the last %s.", since)
				return
			}
			a.table(rows)
		})
	}
	return cmd
}
