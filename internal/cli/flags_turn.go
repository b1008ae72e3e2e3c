package cli

import (
	"github.com/spf13/cobra"
)

func (a *line) flagsOnCommand() *cobra.Command {
	return a.flagsTurn("on", "turn-flag-on", "Turns a flag on in an environment.", "")
}

func (a *line) flagsOffCommand() *cobra.Command {
	return a.flagsTurn("off", "turn-flag-off", "Turns a flag off in an environment: everybody gets the off variant.", "")
}

func (a *line) flagsTurn(word, id, short, long string) *cobra.Command {
	var f flagChange
	cmd := command("", word+" KEY", short, long, "  davit flags "+word+" new-checkout --env production --reason \"the trial begins\"")
	cmd.Args = cobra.ExactArgs(1)
	f.all(cmd, "environment (needed)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := needEnv(f); err != nil {
			return err
		}
		return a.flagEdit(cmd.Context(), id, args[0], f, f.turn())
	}
	return cmd
}
