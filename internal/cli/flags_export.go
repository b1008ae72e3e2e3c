package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) flagsExportCommand() *cobra.Command {
	var project string
	cmd := command("", "export", "Writes everything authored of a project as a file of flags.", "What import reads, and what may lie in a repository as davit.flags.yaml.",
		"  davit flags export --project shop > davit.flags.yaml")
	cmd.Flags().StringVar(&project, "project", "", "project (default: the service at hand, else default)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if project == "" {
			project = a.here()
		}
		if project == "" {
			project = "default"
		}
		c, err := a.client()
		if err != nil {
			return err
		}
		v, err := api.Get[api.FlagDocument](cmd.Context(), c, "export-flags", api.Params{"project": project})
		if err != nil {
			return err
		}
		return a.answer(v, func() { a.say("%s", strings.TrimRight(v.YAML, "\n")) })
	}
	return cmd
}
