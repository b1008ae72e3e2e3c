package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/spec"
)

func (a *line) flagsScheduleCommand() *cobra.Command {
	var f flagChange
	var at, note, variant string
	var to float64
	var shares map[string]string
	var on, off, none bool
	cmd := command("", "schedule KEY", "Plans a change of a flag for a time, to the second.",
		"Clients that evaluate by themselves change in time even while the server is away. A time is RFC 3339\nwith its zone, a date (UTC), or +2h from now.",
		"  davit flags schedule new-checkout --env production --at 2030-09-01T08:00:00+02:00 --on\n"+
			"  davit flags schedule new-checkout --env production --at +2h --to 50 --note \"after the mailing\"\n  davit flags schedule new-checkout --env production --clear")
	cmd.Args = cobra.ExactArgs(1)
	f.all(cmd, "environment (needed)")
	cmd.Flags().StringVar(&at, "at", "", "when")
	cmd.Flags().BoolVar(&on, "on", false, "turn it on then")
	cmd.Flags().BoolVar(&off, "off", false, "turn it off then")
	cmd.Flags().Float64Var(&to, "to", -1, "give a variant this share in percent then")
	cmd.Flags().StringVar(&variant, "variant", "", "which variant (default: the one the flag is on with)")
	cmd.Flags().StringToStringVar(&shares, "share", nil, "all shares then, VARIANT=`percent`, together 100")
	cmd.Flags().StringVar(&note, "note", "", "why, shown with the plan")
	cmd.Flags().BoolVar(&none, "clear", false, "take back everything that is planned there")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := needEnv(f); err != nil {
			return err
		}
		if none {
			return a.flagEdit(cmd.Context(), "unschedule-flag", args[0], f, f.turn())
		}
		when, err := plannedAt(at, time.Now())
		if err != nil {
			return err
		}
		body := api.ServeFlag{Environment: f.env, Version: f.version, Reason: f.reason}
		switch {
		case on && off, (on || off) && (to >= 0 || len(shares) > 0):
			return misused("--on, --off, --to and --share exclude each other")
		case on || off:
			body.On = &on
		default:
			if body, err = serveBody(f, variant, to, "", shares); err != nil {
				return err
			}
		}
		body.At, body.Note = when, note
		return a.flagEdit(cmd.Context(), "serve-flag", args[0], f, body)
	}
	return cmd
}

func plannedAt(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return now, misused("when? --at TIME, or --clear")
	}
	if text[0] == '+' {
		d, err := spec.ParseDuration(text[1:])
		if err != nil {
			return now, misused("--at %s: %v", text, err)
		}
		return now.Add(d), nil
	}
	t, err := spec.ParseMoment(text)
	if err != nil {
		return now, misused("--at: %v: want 2030-09-01T08:00:00+02:00, 2030-09-01 or +2h", err)
	}
	return t, nil
}
