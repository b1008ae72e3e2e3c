package cli

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) flagsExplainCommand() *cobra.Command {
	var f flagChange
	var text, at string
	var set []string
	cmd := command("", "explain KEY", "Says what a flag gives to whom, and of every rule whether it held and why.",
		"The context is what a program would send: --context takes JSON, --with single attributes.",
		"  davit flags explain new-checkout --env production --context '{\"targetingKey\": \"user-1\", \"country\": \"DE\"}'\n"+
			"  davit flags explain new-checkout --env production --with targetingKey=user-1 --with age=21 --at 2030-09-01")
	cmd.Args = cobra.ExactArgs(1)
	f.projectFlag(cmd)
	cmd.Flags().StringVar(&f.env, "env", "production", "environment")
	cmd.Flags().StringVar(&text, "context", "", "context as a JSON object, - for standard input")
	cmd.Flags().StringArrayVar(&set, "with", nil, "ATTRIBUTE=`value` of the context; a value that is JSON is taken as such (may be repeated)")
	cmd.Flags().StringVar(&at, "at", "", "when (default: now)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		context, err := a.contextOf(text, set)
		if err != nil {
			return err
		}
		params := api.Params{"environment": f.env, "context": context}
		if at != "" {
			if params["at"], err = momentParam(at); err != nil {
				return err
			}
		}
		v, err := flagCall[api.FlagExplained](cmd.Context(), a, "explain-flag", f.project, args[0], params, nil)
		if err != nil {
			return err
		}
		return a.answer(v, func() { a.printExplained(v) })
	}
	return cmd
}

// contextOf makes a context of what was given.
func (a *line) contextOf(text string, set []string) (string, error) {
	if text == "-" {
		data, err := readAll(a.Stdin)
		if err != nil {
			return "", err
		}
		text = string(data)
	}
	context := map[string]any{}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &context); err != nil {
			return "", misused("--context: %v: want a JSON object, such as '{\"targetingKey\": \"user-1\"}', or say --with targetingKey=user-1", err)
		}
	}
	for _, one := range set {
		name, value, ok := strings.Cut(one, "=")
		if !ok || name == "" {
			return "", misused("--with %s: want ATTRIBUTE=VALUE", one)
		}
		var v any
		if err := json.Unmarshal([]byte(value), &v); err != nil || name == "targetingKey" {
			v = value
		}
		context[name] = v
	}
	out, err := json.Marshal(context)
	return string(out), err
}

func (a *line) printExplained(v api.FlagExplained) {
	given := "the program's own default"
	if v.Variant != "" {
		given = v.Variant
	}
	a.say("%s in %s gives %s%s", plain(v.Flag), v.Environment, a.paint(bold, plain(given)), orNothing(" = ", string(v.Value)))
	for _, l := range v.Lines {
		mark, colour := "✗", grey
		if l.Held {
			mark, colour = "✓", green
		}
		arrow := ""
		if l.Decides {
			arrow = "  ◄"
		}
		a.say("%s%s %s%s%s", strings.Repeat("  ", l.Depth+1), a.paint(colour, mark), plain(l.What), orNothing(": ", plain(l.Why)), arrow)
	}
	if !v.Portable {
		a.say("Only the server can evaluate this flag: clients that evaluate by themselves use their program's own default.")
	}
}

func orNothing(before, s string) string {
	if s == "" {
		return ""
	}
	return before + s
}
