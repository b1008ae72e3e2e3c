package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

func (a *line) flagsSegmentsCommand() *cobra.Command {
	var project, file, reason string
	var remove bool
	cmd := command("", "segments [NAME]", "Lists segments and what asks for them; shows, sets or removes one.",
		"A segment is a named set of users that any flag of the project may ask for.",
		"  davit flags segments --project shop\n  davit flags segments beta --project shop\n  davit flags segments beta --project shop --file beta.yaml\n  davit flags segments beta --project shop --remove")
	cmd.Args = cobra.MaximumNArgs(1)
	cmd.Flags().StringVar(&project, "project", "", "project (default: the service at hand, else default)")
	cmd.Flags().StringVar(&file, "file", "", "make or change the segment from a file, - for standard input")
	cmd.Flags().BoolVar(&remove, "remove", false, "remove the segment")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the journal")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if project == "" {
			project = a.here()
		}
		if project == "" {
			project = "default"
		}
		if len(args) == 0 && (file != "" || remove) {
			return misused("which segment?")
		}
		c, err := a.client()
		if err != nil {
			return err
		}
		if file != "" || remove {
			v, err := a.changeSegment(cmd, c, project, args[0], file, reason, remove)
			if err != nil {
				return err
			}
			return a.answer(v, func() { a.say("%s", v.Text) })
		}
		page, err := api.Get[api.Page[api.Segment]](cmd.Context(), c, "list-segments", api.Params{"project": project})
		if err != nil {
			return err
		}
		if len(args) == 1 {
			return a.showSegment(page, project, args[0])
		}
		return a.answer(page, func() {
			if len(page.Items) == 0 {
				a.say("No segments.")
				return
			}
			rows := [][]string{{"segment", "included", "excluded", "asked for by", "purpose"}}
			for _, s := range page.Items {
				rows = append(rows, []string{s.Name, number(uint64(s.Included)), number(uint64(s.Excluded)), cut(strings.Join(s.Users, ", "), 60), s.Purpose})
			}
			a.table(rows)
		})
	}
	return cmd
}

func (a *line) changeSegment(cmd *cobra.Command, c *api.Client, project, name, file, reason string, remove bool) (api.Done, error) {
	params := api.Params{"project": project, "segment": name}
	if remove {
		params["reason"] = reason
		return api.Do[api.Done](cmd.Context(), c, "remove-segment", params, nil)
	}
	data, err := a.readInput(file)
	if err != nil {
		return api.Done{}, err
	}
	return api.Do[api.Done](cmd.Context(), c, "put-segment", params, api.PutSegment{Document: string(data), Reason: reason})
}

func (a *line) showSegment(page api.Page[api.Segment], project, name string) error {
	for _, s := range page.Items {
		if s.Name == name {
			return a.answer(s, func() {
				a.say("%s", strings.TrimRight(s.YAML, "\n"))
				for _, u := range s.Users {
					a.say("# asked for by %s", plain(u))
				}
			})
		}
	}
	return &davit.Error{Kind: davit.NotFound, Text: "there is no segment " + name + " in the project " + project, Hint: "davit flags segments --project " + project + " lists those there are"}
}
