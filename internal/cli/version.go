package cli

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) versionCommand() *cobra.Command {
	cmd := command(groupKeep, "version", "Says which program this is.",
		"With --remote it asks the server instead.", "  davit version\n  davit version --remote --json")
	remote := cmd.Flags().Bool("remote", false, "the server's instead of this program's")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		v := a.version()
		if *remote {
			c, err := a.client()
			if err != nil {
				return err
			}
			if v, err = api.Get[api.Version](cmd.Context(), c, "get-version", nil); err != nil {
				return err
			}
		}
		return a.answer(v, func() {
			commit := ""
			if v.Commit != "" {
				commit = " (" + short(v.Commit) + ")"
			}
			a.say("davit %s%s, %s, %s", v.Version, commit, v.Go, v.System)
		})
	}
	return cmd
}

// version says which program this is.
func (a *line) version() api.Version {
	if a.Programs.Version != nil {
		return a.Programs.Version()
	}
	return buildVersion()
}

// buildVersion says what was built into this program.
func buildVersion() api.Version {
	v := api.Version{Version: "development", Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Commit = s.Value
		}
	}
	return v
}
