package cli

import (
	"bufio"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
)

func (a *line) credentialCommand() *cobra.Command {
	cmd := command("", "credential get|store|erase", "Gives git the token for this server; git calls it.",
		"davit init sets it up for the remote it adds.", "  git config credential.http://127.0.0.1:7400.helper '!davit credential'")
	cmd.Hidden, cmd.Args = true, cobra.ExactArgs(1)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if args[0] != "get" {
			return nil // there is nothing to store or forget
		}
		asked := map[string]string{}
		lines := bufio.NewScanner(a.Stdin)
		for lines.Scan() && lines.Text() != "" {
			k, v, _ := strings.Cut(lines.Text(), "=")
			asked[k] = v
		}
		address, err := a.address()
		if err != nil {
			return err
		}
		u, err := url.Parse(address)
		if err != nil || asked["protocol"] != u.Scheme || asked["host"] != u.Host {
			return nil //nolint:nilerr // the token is for this server alone, and an address that cannot be read is another one
		}
		if token := a.token(address); token != "" {
			fmt.Fprintf(a.Stdout, "username=davit\npassword=%s\n", token)
		}
		return nil
	}
	return cmd
}
