package cli

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

const maxSecret = 48 << 10 // bytes; base64 of it fits the API's bound

func (a *line) secretCommand() *cobra.Command {
	cmd := command(groupKeep, "secret", "Sets, lists and removes secrets.", "A value is sealed before it is kept; nothing ever shows it again.", "  davit secret list")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(a.secretSetCommand(), a.secretListCommand(), a.secretRemoveCommand())
	return cmd
}

func (a *line) secretSetCommand() *cobra.Command {
	var env string
	cmd := command("", "set SERVICE NAME", "Sets a secret; its value comes from standard input, never from the command line.",
		"On a terminal it asks, without showing what is typed. One line break at the end\nof the input is left out.",
		"  davit secret set shop DATABASE_URL < url.txt\n  pass show shop/stripe | davit secret set shop STRIPE_KEY --env production")
	cmd.Args = cobra.ExactArgs(2)
	cmd.Flags().StringVar(&env, "env", "", "only for this environment (default: all)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		value, err := a.secretValue(args[1])
		if err != nil {
			return err
		}
		c, err := a.client()
		if err != nil {
			return err
		}
		body := api.SetSecret{Service: args[0], Environment: env, Name: args[1], Value: base64.StdEncoding.EncodeToString(value)}
		v, err := api.Do[api.Done](cmd.Context(), c, "set-secret", nil, body)
		if err != nil {
			return err
		}
		return a.answer(v, func() { a.say("%s", v.Text) })
	}
	return cmd
}

func (a *line) secretValue(name string) ([]byte, error) {
	if in, ok := a.Stdin.(*os.File); ok && term.IsTerminal(in.Fd()) {
		fmt.Fprintf(a.Stderr, "Value of %s (not shown): ", name)
		value, err := term.ReadPassword(in.Fd())
		fmt.Fprintln(a.Stderr)
		if err == nil && len(value) == 0 {
			err = misused("the value is empty")
		}
		return value, err
	}
	value, err := io.ReadAll(io.LimitReader(bufio.NewReader(a.Stdin), maxSecret+1))
	if err != nil {
		return nil, fmt.Errorf("read the value: %w", err)
	}
	value = []byte(strings.TrimSuffix(strings.TrimSuffix(string(value), "\n"), "\r"))
	switch {
	case len(value) == 0:
		return nil, misused("the value is empty: give it on standard input")
	case len(value) > maxSecret:
		return nil, misused("the value is longer than %d bytes", maxSecret)
	}
	return value, nil
}

func (a *line) secretListCommand() *cobra.Command {
	var service, env string
	cmd := command("", "list", "Lists names of secrets, never values.", "", "  davit secret list --service shop")
	cmd.Flags().StringVar(&service, "service", "", "only of this service")
	cmd.Flags().StringVar(&env, "env", "", "only of this environment")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		page, err := api.Get[api.Page[api.Secret]](cmd.Context(), c, "list-secrets", api.Params{"service": service, "environment": env})
		if err != nil {
			return err
		}
		return a.answer(page, func() {
			if len(page.Items) == 0 {
				a.say("No secrets.")
				return
			}
			rows := [][]string{{"service", "environment", "name", "set"}}
			for _, s := range page.Items {
				where := s.Environment
				if where == "" {
					where = "all"
				}
				rows = append(rows, []string{s.Service, where, s.Name, moment(s.Updated)})
			}
			a.table(rows)
		})
	}
	return cmd
}

func (a *line) secretRemoveCommand() *cobra.Command {
	var env string
	cmd := command("", "rm SERVICE NAME", "Removes a secret.", "", "  davit secret rm shop STRIPE_KEY --env production")
	cmd.Args = cobra.ExactArgs(2)
	cmd.Flags().StringVar(&env, "env", "", "the one of this environment (default: the one for all)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		v, err := api.Do[api.Done](cmd.Context(), c, "remove-secret", api.Params{"service": args[0], "name": args[1], "environment": env}, nil)
		if err != nil {
			return err
		}
		return a.answer(v, func() { a.say("%s", v.Text) })
	}
	return cmd
}
