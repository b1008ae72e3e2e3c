package cli

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/flag/authoring"
)

func (a *line) flagsCreateCommand() *cobra.Command {
	var f flagChange
	var kind, owner, purpose, expires, file string
	var variants []string
	cmd := command("", "create KEY", "Makes a flag. It is off everywhere until somebody turns it on.",
		"Kind decides when it should be gone: release and experiment after 40 days, operational after 7,\nkill-switch and permission never. With --file the whole flag comes from a file, - for standard input.",
		"  davit flags create new-checkout --kind release --owner team-pay --purpose \"The checkout on one page.\"\n"+
			"  davit flags create page-size --kind operational --owner ops --purpose \"Items on a page.\" --variant small=10 --variant large=50")
	cmd.Args = cobra.ExactArgs(1)
	cmd.Flags().StringVar(&f.project, "project", "", "project of the flag (default: the service at hand, else default)")
	cmd.Flags().StringVar(&f.reason, "reason", "", "why, for the journal")
	cmd.Flags().StringVar(&kind, "kind", "release", "release, experiment, operational, kill-switch or permission")
	cmd.Flags().StringVar(&owner, "owner", "", "who answers for it (needed)")
	cmd.Flags().StringVar(&purpose, "purpose", "", "what it is for, in one sentence (needed)")
	cmd.Flags().StringVar(&expires, "expires", "", "when it should be gone, such as 2026-09-01, or none (default: by kind)")
	cmd.Flags().StringArrayVar(&variants, "variant", nil, "NAME=`json`, once for each (default on=true, off=false)")
	cmd.Flags().StringVar(&file, "file", "", "read the flag from a file in YAML or JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		project := f.project
		if project == "" {
			project = a.here()
		}
		if project == "" {
			project = "default"
		}
		var text string
		if file != "" {
			data, err := a.readInput(file)
			if err != nil {
				return err
			}
			text = string(data)
		} else {
			if owner == "" || purpose == "" {
				return misused("a flag needs an --owner and a --purpose")
			}
			made, err := newFlagText(kind, owner, purpose, expires, variants)
			if err != nil {
				return err
			}
			text = made
		}
		c, err := a.client()
		if err != nil {
			return err
		}
		v, err := api.Do[api.FlagEdited](cmd.Context(), c, "create-flag", nil, api.CreateFlag{Project: project, Key: args[0], Document: text, Reason: f.reason})
		if err != nil {
			return err
		}
		return a.answer(v, func() { a.sayEdited(args[0], v) })
	}
	return cmd
}

// newFlagText writes a flag that is off everywhere.
func newFlagText(kind, owner, purpose, expires string, variants []string) (string, error) {
	flag := authoring.Ordered[any]{{Name: "kind", Value: kind}, {Name: "owner", Value: owner}, {Name: "purpose", Value: purpose}}
	if expires != "" {
		flag = append(flag, authoring.Named[any]{Name: "expires", Value: expires})
	}
	values := authoring.Ordered[any]{}
	for _, text := range variants {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return "", misused("--variant %s: want NAME=JSON", text)
		}
		var v any
		if err := json.Unmarshal([]byte(value), &v); err != nil {
			v = value // a bare word is a text
		}
		values = append(values, authoring.Named[any]{Name: name, Value: v})
	}
	if len(values) > 0 {
		flag = append(flag, authoring.Named[any]{Name: "variants", Value: values})
	}
	out, err := json.MarshalIndent(flag, "", "  ")
	return string(out), err
}

// readInput reads a file, or standard input for -.
func (a *line) readInput(name string) ([]byte, error) {
	if name == "-" {
		return readAll(a.Stdin)
	}
	data, err := os.ReadFile(a.path(name))
	if err != nil {
		return nil, &davit.Error{Kind: davit.Invalid, Text: err.Error()}
	}
	return data, nil
}
