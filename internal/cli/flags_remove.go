package cli

import (
	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) flagsRemoveCommand() *cobra.Command {
	var f flagChange
	cmd := command("", "remove KEY", "Removes a flag that no other needs; its history stays.",
		"Take it out of the code first: davit flags refs says where it is.", "  davit flags remove new-checkout --reason \"launched\"")
	cmd.Args = cobra.ExactArgs(1)
	f.projectFlag(cmd)
	cmd.Flags().StringVar(&f.reason, "reason", "", "why, for the journal")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		v, err := flagCall[api.Done](cmd.Context(), a, "remove-flag", f.project, args[0], api.Params{"reason": f.reason}, nil)
		if err != nil {
			return err
		}
		return a.answer(v, func() { a.say("%s", v.Text) })
	}
	return cmd
}
