package cli

import (
	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) flagsStaleCommand() *cobra.Command {
	cmd := command("", "stale", "Lists flags that should go, and why: overdue, the same for everybody, or asked for by nobody.", "",
		"  davit flags stale --project shop\n  davit flags stale --fail", api.ExitRefused)
	a.lookFor(cmd, "stale", "No flag is stale.", func(f api.Flag) {
		a.say("%s (%s, %s)", plain(f.Key), f.Project, plain(f.Owner))
		for _, why := range f.Stale {
			a.say("  %s", plain(why))
		}
		if f.Keep != "" {
			a.say("  the code keeps what it does for %q; davit flags refs says where", f.Keep)
		}
	})
	return cmd
}

func (a *line) flagsDriftCommand() *cobra.Command {
	cmd := command("", "drift", "Lists flags that do other than their file says, because people changed them.",
		"What a flag is follows its file at each push; what people turned or ramped stays.", "  davit flags drift --project shop", api.ExitRefused)
	a.lookFor(cmd, "drift", "Every flag does what its file says.", func(f api.Flag) {
		a.say("%s (%s)", plain(f.Key), plain(f.File))
		for _, d := range f.Drift {
			a.say("  %s", plain(d))
		}
	})
	return cmd
}

// lookFor makes a command that lists the flags of which something is true, and
// ends with a status of its own if that is asked for and there are any.
func (a *line) lookFor(cmd *cobra.Command, what, none string, text func(api.Flag)) {
	project := cmd.Flags().String("project", "", "only of this project (default: all)")
	fail := cmd.Flags().Bool("fail", false, "end with status 3 if there are any")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		page, err := api.Get[api.Page[api.Flag]](cmd.Context(), c, "list-flags", api.Params{"project": *project, what: "true", "limit": "500"})
		if err != nil {
			return err
		}
		err = a.answer(page, func() {
			if len(page.Items) == 0 {
				a.say("%s", none)
			}
			for _, f := range page.Items {
				text(f)
			}
		})
		if err == nil && *fail && len(page.Items) > 0 {
			return exit{code: api.ExitRefused}
		}
		return err
	}
}
