package cli

import "github.com/spf13/cobra"

func (a *line) completionCommand() *cobra.Command {
	cmd := command(groupKeep, "completion bash|zsh|fish|powershell", "Prints a script that completes commands and flags in a shell.", "",
		"  source <(davit completion bash)\n  davit completion fish > ~/.config/fish/completions/davit.fish")
	cmd.Args, cmd.ValidArgs = cobra.ExactArgs(1), []string{"bash", "zsh", "fish", "powershell"}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		root := cmd.Root()
		switch args[0] {
		case "bash":
			return root.GenBashCompletionV2(a.Stdout, true)
		case "zsh":
			return root.GenZshCompletion(a.Stdout)
		case "fish":
			return root.GenFishCompletion(a.Stdout, true)
		case "powershell":
			return root.GenPowerShellCompletionWithDesc(a.Stdout)
		}
		return misused("there is no completion for %q: want bash, zsh, fish or powershell", args[0])
	}
	return cmd
}
