package cli

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/spec"
)

func (a *line) flagsRampCommand() *cobra.Command {
	var f flagChange
	var variant, over string
	var to float64
	var shares map[string]string
	cmd := command("", "ramp KEY", "Changes how many users get a variant: at once, or evenly over a time.",
		"Those who have the variant keep it while its share grows. The flag is turned on if it is off.",
		"  davit flags ramp new-checkout --env production --to 25\n  davit flags ramp new-checkout --env production --to 100 --over 2d\n"+
			"  davit flags ramp ranking --env production --share old=50,new=50")
	cmd.Args = cobra.ExactArgs(1)
	f.all(cmd, "environment (needed)")
	cmd.Flags().Float64Var(&to, "to", -1, "share of the variant in percent; the others get the off variant")
	cmd.Flags().StringVar(&variant, "variant", "", "whose share (default: the one the flag is on with)")
	cmd.Flags().StringVar(&over, "over", "", "over how long it moves, such as 30m or 2d (default: at once)")
	cmd.Flags().StringToStringVar(&shares, "share", nil, "instead: all shares, VARIANT=`percent`, together 100")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := needEnv(f); err != nil {
			return err
		}
		body, err := serveBody(f, variant, to, over, shares)
		if err != nil {
			return err
		}
		return a.flagEdit(cmd.Context(), "serve-flag", args[0], f, body)
	}
	return cmd
}

// serveBody is a request for shares.
func serveBody(f flagChange, variant string, to float64, over string, shares map[string]string) (api.ServeFlag, error) {
	body := api.ServeFlag{Environment: f.env, Variant: variant, Version: f.version, Reason: f.reason}
	switch {
	case len(shares) > 0 && to >= 0:
		return body, misused("--share and --to exclude each other")
	case len(shares) > 0:
		body.Shares = map[string]float64{}
		for name, text := range shares {
			p, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
			if err != nil {
				return body, misused("--share %s=%s: want a percentage", name, text)
			}
			body.Shares[name] = p
		}
	case to < 0 || to > 100:
		return body, misused("say how many: --to PERCENT, or --share VARIANT=PERCENT,…")
	default:
		body.To = &to
	}
	if over != "" {
		d, err := spec.ParseDuration(over)
		if err != nil {
			return body, misused("--over: %v", err)
		}
		body.Seconds = d.Seconds()
	}
	return body, nil
}
