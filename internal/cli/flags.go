package cli

import (
	"context"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/spec"
)

func (a *line) flagsCommand() *cobra.Command {
	cmd := command(groupSteer, "flags", "Feature flags: makes, turns, ramps, explains, compares, cleans up and moves them.",
		"A flag belongs to a project, which is the service whose davit.yaml is at hand, or what\n--project says. validate, test, refs and import --dry-run work without a server.",
		"  davit flags list\n  davit flags ramp new-checkout --env production --to 25")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(
		a.flagsListCommand(), a.flagsShowCommand(), a.flagsCreateCommand(), a.flagsEditCommand(), a.flagsRemoveCommand(),
		a.flagsOnCommand(), a.flagsOffCommand(), a.flagsKillCommand(), a.flagsRampCommand(), a.flagsScheduleCommand(),
		a.flagsExplainCommand(), a.flagsHistoryCommand(), a.flagsDiffCommand(), a.flagsUndoCommand(), a.flagsApproveCommand(),
		a.flagsStaleCommand(), a.flagsDriftCommand(), a.flagsRefsCommand(), a.flagsSegmentsCommand(),
		a.flagsValidateCommand(), a.flagsTestCommand(), a.flagsImportCommand(), a.flagsExportCommand(),
	)
	return cmd
}

// flagChange are the options of commands that change a flag.
type flagChange struct {
	project, env, reason string
	version              int64
}

func (f *flagChange) projectFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.project, "project", "", "project of the flag (default: the service at hand, or the one that has the flag)")
}

func (f *flagChange) all(cmd *cobra.Command, env string) {
	f.projectFlag(cmd)
	if env != "" {
		cmd.Flags().StringVar(&f.env, "env", "", env)
	}
	cmd.Flags().StringVar(&f.reason, "reason", "", "why, for the journal")
	cmd.Flags().Int64Var(&f.version, "version", 0, "only if the flag is still in this version")
}

func (f *flagChange) turn() api.TurnFlag {
	return api.TurnFlag{Environment: f.env, Version: f.version, Reason: f.reason}
}

// here returns the project of the repository at hand: its service, if it has
// one; empty: it cannot be told.
func (a *line) here() string {
	if _, err := os.Stat(a.path(configFile)); err != nil {
		return ""
	}
	file, err := a.readConfig(a.path(configFile))
	if err != nil || len(file.Services) != 1 {
		return ""
	}
	return file.Services[0].Name
}

// projectOf finds the project that is meant: as given, of the repository at
// hand, or the only one that has a flag of that key.
func (a *line) projectOf(ctx context.Context, c *api.Client, given, key string) (string, error) {
	if given != "" {
		return given, nil
	}
	if here := a.here(); here != "" {
		return here, nil
	}
	var found []string
	params := api.Params{"limit": "500"}
	for {
		page, err := api.Get[api.Page[api.Flag]](ctx, c, "list-flags", params)
		if err != nil {
			return "", err
		}
		for _, f := range page.Items {
			if f.Key == key {
				found = append(found, f.Project)
			}
		}
		if params["after"] = page.Next; page.Next == "" {
			break
		}
	}
	switch len(found) {
	case 0:
		return "", &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("no project has a flag %q", key), Hint: "davit flags list shows those there are"}
	case 1:
		return found[0], nil
	}
	return "", misused("several projects have a flag %q: %s; say --project", key, strings.Join(found, ", "))
}

// flagCall makes a call about one flag.
func flagCall[T any](ctx context.Context, a *line, id, project, key string, more api.Params, body any) (T, error) {
	var none T
	c, err := a.client()
	if err != nil {
		return none, err
	}
	if project, err = a.projectOf(ctx, c, project, key); err != nil {
		return none, err
	}
	params := api.Params{"project": project, "flag": key}
	maps.Copy(params, more)
	return api.Do[T](ctx, c, id, params, body)
}

// flagEdit makes a change and says what came of it.
func (a *line) flagEdit(ctx context.Context, id, key string, f flagChange, body any) error {
	v, err := flagCall[api.FlagEdited](ctx, a, id, f.project, key, nil, body)
	if err != nil {
		return err
	}
	return a.answer(v, func() { a.sayEdited(key, v) })
}

func (a *line) sayEdited(key string, v api.FlagEdited) {
	a.say("%s", plain(v.Text))
	if v.Changed && v.Proposal == "" { // a proposal says itself how it is approved
		a.say("%s is in version %d.", key, v.Version)
	}
}

// needEnv holds that an environment is given.
func needEnv(f flagChange) error {
	if f.env == "" {
		return misused("the environment is missing: --env NAME")
	}
	return nil
}

// momentParam is a time for a query.
func momentParam(text string) (string, error) {
	t, err := spec.ParseMoment(text)
	if err != nil {
		return "", misused("%v: want 2030-09-01T08:00:00+02:00 or 2030-09-01", err)
	}
	return t.Format(time.RFC3339), nil
}

// yamlValue reads one value as YAML has it.
func yamlValue(text string) (any, error) {
	t, r := spec.Document("value", []byte(text), spec.Shape{Free: true})
	return t.Value(), r.Err()
}

func number(n uint64) string { return strconv.FormatUint(n, 10) }
