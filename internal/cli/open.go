package cli

import (
	"context"
	"os/exec"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) openCommand() *cobra.Command {
	cmd := command(groupWatch, "open", "Opens the page in a browser, logged in.",
		`It prints a link that logs in once, within ten minutes, with the rights of the
token that asked for it, and on a machine with a screen opens it.`, "  davit open\n  davit open --print")
	onlyPrint := cmd.Flags().Bool("print", false, "print the link and open nothing")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		link, err := c.Link(cmd.Context())
		if err != nil {
			return err
		}
		v := opened{URL: c.URL + link.Path, Link: link}
		return a.answer(v, func() {
			a.say("%s", v.URL)
			if !*onlyPrint && a.Terminal {
				a.browse(cmd.Context(), v.URL)
			}
		})
	}
	return cmd
}

// opened is the answer of davit open.
type opened struct {
	URL string `json:"url"`
	api.Link
}

// browse asks the desktop to open an address. Where there is no desktop the
// link is printed, which is enough.
func (a *line) browse(ctx context.Context, url string) {
	program := "xdg-open"
	if runtime.GOOS == "darwin" {
		program = "open"
	} else if a.Getenv("DISPLAY") == "" && a.Getenv("WAYLAND_DISPLAY") == "" {
		return
	}
	if path, err := exec.LookPath(program); err == nil {
		_ = exec.CommandContext(ctx, path, url).Start() // the link is on the screen anyway
	}
}
