package cli

import (
	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/app"
)

// evaluationFlags are the flags of `davit server` about SDKs that evaluate flags.
func evaluationFlags(cmd *cobra.Command, o *app.Evaluation) {
	f := cmd.Flags()
	f.StringSliceVar(&o.Origins, "flags-origin", nil, "origin of pages that may evaluate flags from a browser, such as https://shop.example.org; * is all (may be repeated)")
	f.Float64Var(&o.Rate, "flags-rate", 10000, "requests for flags that each token may make in a second; 0 is no limit")
	f.BoolVar(&o.Strict, "ofrep-strict", false, "answer OFREP with the reasons its schema lists only: never DEFAULT")
	f.StringSliceVar(&o.Open, "flagd-open", nil, "flag set PROJECT/ENVIRONMENT that whoever reaches flagd's own ports, 8013 to 8016, may evaluate without a token (may be repeated; default: the ports are closed)")
	f.StringArrayVar(&o.Context, "flags-context", nil, "`attribute`, as NAME=VALUE, that every evaluation has in its context, whatever the client says; PROJECT/ENVIRONMENT:NAME=VALUE is for one flag set (may be repeated)")
	f.StringVar(&o.OpenHost, "flagd-host", "127.0.0.1", "address of flagd's own ports")
}
