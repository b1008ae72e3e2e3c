package cli

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/flag/authoring"
)

// flagDiff is the answer of diff in JSON.
type flagDiff struct {
	From    int64    `json:"from"`
	To      int64    `json:"to"`
	Changes []string `json:"changes"`
}

func (a *line) flagsDiffCommand() *cobra.Command {
	var f flagChange
	cmd := command("", "diff KEY [FROM [TO]]", "Says in what two versions of a flag differ; by default the newest two.", "", "  davit flags diff new-checkout\n  davit flags diff new-checkout 3 7")
	cmd.Args = cobra.RangeArgs(1, 3)
	f.projectFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		v, err := flagCall[api.FlagDetail](cmd.Context(), a, "get-flag", f.project, args[0], nil, nil)
		if err != nil {
			return err
		}
		d := flagDiff{From: v.Version - 1, To: v.Version, Changes: []string{}}
		for i, at := range []*int64{&d.From, &d.To} {
			if len(args) > i+1 {
				if *at, err = strconv.ParseInt(args[i+1], 10, 64); err != nil {
					return misused("%q is not the number of a version", args[i+1])
				}
			}
		}
		var sides [2]authoring.Flag
		for i, version := range []int64{d.From, d.To} {
			if sides[i], err = a.flagVersion(cmd.Context(), v.Project, args[0], version); err != nil {
				return err
			}
		}
		for _, diff := range authoring.Diff(sides[0], sides[1]) {
			d.Changes = append(d.Changes, diff.String())
		}
		return a.answer(d, func() {
			if len(d.Changes) == 0 {
				a.say("Versions %d and %d are the same.", d.From, d.To)
			}
			for _, c := range d.Changes {
				a.say("%s", plain(c))
			}
		})
	}
	return cmd
}

// flagVersion is a flag as it was in a version.
func (a *line) flagVersion(ctx context.Context, project, key string, version int64) (authoring.Flag, error) {
	page, err := flagCall[api.Page[api.FlagRevision]](ctx, a, "list-flag-history", project, key,
		api.Params{"below": strconv.FormatInt(version+1, 10), "limit": "1"}, nil)
	if err != nil {
		return authoring.Flag{}, err
	}
	if version < 1 || len(page.Items) != 1 || page.Items[0].Version != version {
		return authoring.Flag{}, &davit.Error{Kind: davit.NotFound, Text: "the flag " + key + " has no version " + strconv.FormatInt(version, 10), Hint: "davit flags history " + key}
	}
	return authoring.ParseFlag("version", page.Items[0].Flag, key, authoring.Defaults{Project: project, Now: time.Now()})
}
