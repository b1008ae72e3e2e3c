package cli

import (
	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) flagsDriftCommand() *cobra.Command {
	var project string
	var fail bool
	cmd := command("", "drift", "Lists flags that do other than their file says, because people changed them.",
		"What a flag is follows its file at each push; what people turned or ramped stays.", "  davit flags drift --project shop", api.ExitRefused)
	cmd.Flags().StringVar(&project, "project", "", "only of this project (default: all)")
	cmd.Flags().BoolVar(&fail, "fail", false, "end with status 3 if there are any")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		page, err := api.Get[api.Page[api.Flag]](cmd.Context(), c, "list-flags", api.Params{"project": project, "drift": "true", "limit": "500"})
		if err != nil {
			return err
		}
		if err := a.answer(page, func() {
			if len(page.Items) == 0 {
				a.say("Every flag does what its file says.")
			}
			for _, f := range page.Items {
				a.say("%s (%s)", plain(f.Key), plain(f.File))
				for _, d := range f.Drift {
					a.say("  %s", plain(d))
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
