package cli

import (
	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) flagsApproveCommand() *cobra.Command {
	var f flagChange
	var refuse bool
	cmd := command("", "approve KEY HASH", "Says yes, or no, to a change that waits for a second person.",
		"The hash stands for exactly this change of exactly this version; davit flags show lists what waits.\nNobody approves his own.",
		"  davit flags approve new-checkout 3f2a91c07b44 --reason \"looked at the plan\"\n  davit flags approve new-checkout 3f2a91c07b44 --refuse --reason \"not before Monday\"",
		api.ExitRefused)
	cmd.Args = cobra.ExactArgs(2)
	f.projectFlag(cmd)
	cmd.Flags().BoolVar(&refuse, "refuse", false, "turn it down instead")
	cmd.Flags().StringVar(&f.reason, "reason", "", "why, for the journal")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.flagEdit(cmd.Context(), "approve-flag", args[0], f, api.ApproveFlag{Hash: args[1], Refuse: refuse, Reason: f.reason})
	}
	return cmd
}
