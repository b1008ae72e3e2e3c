package cli

import (
	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) flagsUndoCommand() *cobra.Command {
	var f flagChange
	var to int64
	cmd := command("", "undo KEY", "Makes a flag what it was before its last change, or in the version named.",
		"It is a change like any other: the history goes on, and a second person is asked where one is needed.",
		"  davit flags undo new-checkout --reason \"too early\"\n  davit flags undo new-checkout --to 3")
	cmd.Args = cobra.ExactArgs(1)
	f.projectFlag(cmd)
	cmd.Flags().Int64Var(&to, "to", 0, "version (default: the one before)")
	cmd.Flags().StringVar(&f.reason, "reason", "", "why, for the journal")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.flagEdit(cmd.Context(), "undo-flag", args[0], f, api.UndoFlag{To: to, Reason: f.reason})
	}
	return cmd
}
