package cli

import "github.com/spf13/cobra"

func (a *line) downCommand() *cobra.Command {
	cmd := command(groupKeep, "down", "Stops what outlives the server on this machine: all services, then the router.",
		`A server that is stopped leaves services and router running, so that users see
nothing of it. This ends them too, gracefully. Nothing is lost: the next server
starts the stable releases again. Stop the server first.`,
		"  davit down\n  davit down --data ./state")
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if a.Programs.Down == nil {
			return absent("stopping services")
		}
		if err := a.Programs.Down(cmd.Context(), a.folder()); err != nil {
			return err
		}
		return a.answer(map[string]string{"state": "down"}, func() { a.say("all services and the router are stopped") })
	}
	return cmd
}
