package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

// theDigest finds the digest that is meant: itself, or a release's; kept says
// that it is what keeps the release away.
func (a *line) theDigest(ctx context.Context, c *api.Client, arg string, kept bool) (string, error) {
	if strings.HasPrefix(arg, "sha256:") {
		d, err := davit.ParseDigest(arg)
		if err != nil {
			return "", &davit.Error{Kind: davit.Invalid, Err: err}
		}
		return string(d), nil
	}
	r, err := api.Get[api.Release](ctx, c, "get-release", api.Params{"release": arg})
	if kept && r.Quarantine != "" {
		return r.Quarantine, err
	}
	return r.Artifact, err
}

func (a *line) quarantineCommand() *cobra.Command {
	var f pageFlags
	cmd := command(groupSteer, "quarantine [DIGEST|RELEASE]", "Lists quarantined artifacts, or keeps one from ever coming back by itself.",
		"An artifact that was rolled back is quarantined without being asked.",
		"  davit quarantine\n  davit quarantine shop-17 --reason \"sends wrong invoices\"")
	reason := cmd.Flags().String("reason", "", "why (needed)")
	f.add(cmd, 50)
	cmd.Args = cobra.MaximumNArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return listing[api.Quarantined]{
				route: "list-quarantine",
				empty: "Nothing is quarantined.",
				head:  []string{"digest", "release", "since", "by", "reason"},
				row: func(q api.Quarantined) []string {
					return []string{digest(q.Digest), orDash(q.Release), moment(q.At), q.Actor, cut(q.Reason, 100)}
				},
			}.print(cmd.Context(), a, f, nil)
		}
		if *reason == "" {
			return misused("quarantine needs a --reason")
		}
		c, err := a.client()
		if err != nil {
			return err
		}
		d, err := a.theDigest(cmd.Context(), c, args[0], false)
		if err != nil {
			return err
		}
		v, err := api.Do[api.Done](cmd.Context(), c, "quarantine", nil, api.Quarantine{Digest: d, Reason: *reason})
		if err != nil {
			return err
		}
		return a.answer(v, func() { a.say("%s", v.Text) })
	}
	return cmd
}

func (a *line) liftCommand() *cobra.Command {
	cmd := command(groupSteer, "lift DIGEST|RELEASE", "Lets a quarantined artifact come back.", "It needs the role admin.",
		"  davit lift shop-17 --reason \"the database was at fault\"")
	reason := cmd.Flags().String("reason", "", "why (needed)")
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *reason == "" {
			return misused("lifting needs a --reason")
		}
		c, err := a.client()
		if err != nil {
			return err
		}
		d, err := a.theDigest(cmd.Context(), c, args[0], true)
		if err != nil {
			return err
		}
		v, err := api.Do[api.Done](cmd.Context(), c, "lift-quarantine", api.Params{"digest": d}, api.Reason{Reason: *reason})
		if err != nil {
			return err
		}
		return a.answer(v, func() { a.say("%s", v.Text) })
	}
	return cmd
}
