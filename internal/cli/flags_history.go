package cli

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) flagsHistoryCommand() *cobra.Command {
	var f flagChange
	var limit int
	cmd := command("", "history KEY", "Lists the versions of a flag, newest first: who changed what, and why.", "", "  davit flags history new-checkout --limit 10")
	cmd.Args = cobra.ExactArgs(1)
	f.projectFlag(cmd)
	cmd.Flags().IntVar(&limit, "limit", 50, "how many, at most 500")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		v, err := flagCall[api.Page[api.FlagRevision]](cmd.Context(), a, "list-flag-history", f.project, args[0], api.Params{"limit": strconv.Itoa(limit)}, nil)
		if err != nil {
			return err
		}
		return a.answer(v, func() {
			for _, r := range v.Items {
				yes := ""
				if r.Approved != "" {
					yes = ", approved by " + r.Approved
				}
				a.say("%4d  %s  %s", r.Version, moment(r.At), plain(r.Text+yes))
				for _, c := range r.Changes {
					a.say("      %s", plain(c))
				}
			}
		})
	}
	return cmd
}
