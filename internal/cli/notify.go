package cli

import (
	"crypto/rand"
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) notifyCommand() *cobra.Command {
	cmd := command(groupKeep, "notify", "Tells chat rooms, mailboxes and webhooks what happens.",
		"Unless asked for other events, a channel hears of what was taken back or stopped,\nwhat waits for a person, and what is new in an environment.", "  davit notify list")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(a.notifyAddCommand(), a.notifyListCommand(), a.notifyTryCommand(), a.notifyRemoveCommand())
	return cmd
}

func (a *line) notifyAddCommand() *cobra.Command {
	var body api.SetChannel
	var sign, keep bool
	cmd := command("", "add NAME", "Tells somebody of what happens from now on; the address comes from standard input.",
		`The address of a webhook or chat room is its URL; that of a mailbox is
smtp://USER:PASSWORD@HOST:587?from=FROM&to=TO (smtps:// for TLS from the start).
It holds a secret, so it is never given on the command line, and it is sealed
before it is kept. The same command changes a channel that is there.`,
		`  davit notify add on-call --kind slack < url.txt
  davit notify add audit --kind webhook --events '*' --sign < url.txt
  davit notify add on-call --kind slack --events 'rollout.*,run.failed' --keep`)
	cmd.Args = cobra.ExactArgs(1)
	f := cmd.Flags()
	f.StringVar(&body.Kind, "kind", "webhook", "webhook, slack (Mattermost and others too) or email")
	f.StringSliceVar(&body.Events, "events", nil, "kinds of events, or beginnings that end in * (default: see above)")
	f.StringSliceVar(&body.Services, "service", nil, "only of these services")
	f.StringSliceVar(&body.Environments, "env", nil, "only of these environments")
	f.BoolVar(&sign, "sign", false, "make a key that signs what is sent to a webhook, and print it")
	f.BoolVar(&keep, "keep", false, "keep the address that is there; nothing is read")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		body.Name = args[0]
		if keep && sign {
			return misused("--sign makes a new key, so the address must be given again: leave --keep out")
		}
		if !keep {
			address, err := a.secretValue("the address of " + body.Name)
			if err != nil {
				return err
			}
			body.URL = strings.TrimSpace(string(address))
		}
		if sign {
			body.Key = rand.Text()
		}
		c, err := a.client()
		if err != nil {
			return err
		}
		v, err := api.Do[api.Done](cmd.Context(), c, "set-channel", nil, body)
		if err != nil {
			return err
		}
		if sign && a.json {
			return a.answer(map[string]string{"text": v.Text, "key": body.Key}, nil)
		}
		return a.answer(v, func() {
			if sign {
				a.say("%s", body.Key)
				a.aside("this key signs what " + body.Name + " is sent (X-Davit-Signature); keep it, it is not shown again")
			}
			a.aside(v.Text + "; see whether it arrives: davit notify try " + body.Name)
		})
	}
	return cmd
}

func (a *line) notifyListCommand() *cobra.Command {
	cmd := command("", "list", "Lists who is told what, and whether they can be reached.", "", "  davit notify list")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		page, err := api.Get[api.Page[api.Channel]](cmd.Context(), c, "list-channels", nil)
		if err != nil {
			return err
		}
		return a.answer(page, func() {
			if len(page.Items) == 0 {
				a.say("Nobody is told: davit notify add --help")
				return
			}
			rows := [][]string{{"name", "kind", "address", "events", "delivered", "state"}}
			for _, ch := range page.Items {
				state := "ok"
				if ch.Failing != "" {
					state = "failing since " + moment(ch.Since) + ": " + ch.Failing
				}
				events := strings.Join(ch.Events, " ")
				if ch.Usual {
					events = "as usual"
				}
				rows = append(rows, []string{ch.Name, ch.Kind, ch.Address, events, moment(ch.Delivered), state})
			}
			a.table(rows)
		})
	}
	return cmd
}

func (a *line) notifyTryCommand() *cobra.Command {
	cmd := command("", "try NAME", "Sends a message to see whether it arrives.", "", "  davit notify try on-call")
	return a.onChannel(cmd, "try-channel")
}

func (a *line) notifyRemoveCommand() *cobra.Command {
	cmd := command("", "rm NAME", "Tells somebody no more.", "", "  davit notify rm on-call")
	return a.onChannel(cmd, "remove-channel")
}

// onChannel makes cmd call a route on the channel that it is given.
func (a *line) onChannel(cmd *cobra.Command, route string) *cobra.Command {
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		v, err := api.Do[api.Done](cmd.Context(), c, route, api.Params{"channel": args[0]}, nil)
		if err != nil {
			return err
		}
		return a.answer(v, func() { a.say("%s", v.Text) })
	}
	return cmd
}
