package cli

import (
	"github.com/spf13/cobra"
)

func (a *line) flagsKillCommand() *cobra.Command {
	var f flagChange
	cmd := command("", "kill KEY", "Turns a flag off at once, whatever is planned, ramped or needs approval.",
		"Everybody gets the off variant, also those who are targets. What is planned is taken back,\nso nothing turns it on again by itself.",
		"  davit flags kill new-checkout --reason \"wrong totals\"")
	cmd.Args = cobra.ExactArgs(1)
	f.all(cmd, "only in this environment (default: everywhere)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if f.reason == "" {
			return misused("killing needs a --reason")
		}
		return a.flagEdit(cmd.Context(), "kill-flag", args[0], f, f.turn())
	}
	return cmd
}
