package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) tokenCommand() *cobra.Command {
	cmd := command(groupKeep, "token", "Makes, lists and revokes tokens.", "A token has a role: client, viewer, deployer or admin. Only its hash is kept.", "  davit token list")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(a.tokenCreateCommand(), a.tokenListCommand(), a.tokenRevokeCommand())
	return cmd
}

func (a *line) tokenCreateCommand() *cobra.Command {
	var role string
	var flags []string
	var ttl time.Duration
	cmd := command("", "create NAME", "Makes a token and prints its secret, once.", "The name stands in the journal for what is done with the token.",
		"  davit token create ci --role deployer\n  davit token create ana --role viewer --for 720h\n  davit token create shop-web --role client --flags shop/production")
	cmd.Args = cobra.ExactArgs(1)
	cmd.Flags().StringVar(&role, "role", "viewer", "client, viewer, deployer or admin")
	cmd.Flags().StringSliceVar(&flags, "flags", nil, "flag set PROJECT/ENVIRONMENT that a client may evaluate (may be repeated; default: all)")
	cmd.Flags().DurationVar(&ttl, "for", 0, "how long it is valid (default: until it is revoked)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		v, err := api.Do[api.NewToken](cmd.Context(), c, "create-token", nil, api.CreateToken{Name: args[0], Role: role, Flags: flags, Seconds: ttl.Seconds()})
		if err != nil {
			return err
		}
		return a.answer(v, func() {
			a.say("%s", v.Secret)
			a.aside("token " + v.ID + " for " + v.Name + " with the role " + v.Role + "; keep it, it is not shown again. Use it as DAVIT_TOKEN.")
		})
	}
	return cmd
}

// aside says something beside the answer, so that the answer alone
// can be piped on.
func (a *line) aside(text string) { _, _ = a.Stderr.Write([]byte(text + "\n")) }

func (a *line) tokenListCommand() *cobra.Command {
	cmd := command("", "list", "Lists tokens, never their secrets.", "", "  davit token list")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		page, err := api.Get[api.Page[api.Token]](cmd.Context(), c, "list-tokens", nil)
		if err != nil {
			return err
		}
		return a.answer(page, func() {
			rows := [][]string{{"id", "name", "role", "flags", "made", "expires", "used"}}
			for _, t := range page.Items {
				rows = append(rows, []string{t.ID, t.Name, t.Role, sets(t.Flags), moment(t.Created), moment(t.Expires), moment(t.LastUsed)})
			}
			a.table(rows)
		})
	}
	return cmd
}

// sets says which flag sets a token is bound to.
func sets(ids []string) string {
	if len(ids) == 0 {
		return "-"
	}
	return strings.Join(ids, ", ")
}

func (a *line) tokenRevokeCommand() *cobra.Command {
	cmd := command("", "revoke ID", "Makes a token invalid at once.", "", "  davit token revoke 7kq2v5xw3abc")
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		v, err := api.Do[api.Done](cmd.Context(), c, "revoke-token", api.Params{"token": args[0]}, nil)
		if err != nil {
			return err
		}
		return a.answer(v, func() { a.say("%s", v.Text) })
	}
	return cmd
}
