package cli

import (
	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) flagsStaleCommand() *cobra.Command {
	var project string
	var fail bool
	cmd := command("", "stale", "Lists flags that should go, and why: overdue, the same for everybody, or asked for by nobody.", "",
		"  davit flags stale --project shop\n  davit flags stale --fail", api.ExitRefused)
	cmd.Flags().StringVar(&project, "project", "", "only of this project (default: all)")
	cmd.Flags().BoolVar(&fail, "fail", false, "end with status 3 if there are any")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		page, err := api.Get[api.Page[api.Flag]](cmd.Context(), c, "list-flags", api.Params{"project": project, "stale": "true", "limit": "500"})
		if err != nil {
			return err
		}
		if err := a.answer(page, func() {
			if len(page.Items) == 0 {
				a.say("No flag is stale.")
			}
			for _, f := range page.Items {
				a.say("%s (%s, %s)", plain(f.Key), f.Project, plain(f.Owner))
				for _, why := range f.Stale {
					a.say("  %s", plain(why))
				}
				if f.Keep != "" {
					a.say("  the code keeps what it does for %q; davit flags refs says where", f.Keep)
				}
			}
		}); err != nil {
			return err
		}
		if fail && len(page.Items) > 0 {
			return exit{code: api.ExitRefused}
		}
		return nil
	}
	return cmd
}
