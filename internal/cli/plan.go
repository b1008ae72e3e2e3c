package cli

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/spec"
)

func (a *line) planCommand() *cobra.Command {
	var commit string
	cmd := command(groupShip, "plan [SERVICE]", "Says what a commit would do: stages, gates, steps, and what each gate says now.",
		"Without --commit it plans the davit.yaml in this folder; the server, if one\nanswers, adds what each gate says now and which release would be replaced.",
		"  davit plan\n  davit plan shop --commit 3f2c9a1")
	cmd.Args = cobra.MaximumNArgs(1)
	cmd.Flags().StringVar(&commit, "commit", "", "a commit the server has, instead of this folder")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name := ""
		if len(args) == 1 {
			name = args[0]
		}
		if commit != "" {
			if name == "" {
				return misused("with --commit, name the service")
			}
			v, err := a.remotePlan(cmd.Context(), name, commit)
			if err != nil {
				return err
			}
			return a.answer([]api.Plan{v}, func() { a.showPlan(v) })
		}
		plans, err := a.localPlans(cmd.Context(), name)
		if err != nil {
			return err
		}
		return a.answer(plans, func() {
			for i, p := range plans {
				if i > 0 {
					a.say("")
				}
				a.showPlan(p)
			}
		})
	}
	return cmd
}

func (a *line) remotePlan(ctx context.Context, service, commit string) (api.Plan, error) {
	c, err := a.client()
	if err != nil {
		return api.Plan{}, err
	}
	return api.Get[api.Plan](ctx, c, "plan-service", api.Params{"service": service, "commit": commit})
}

// localPlans plans the davit.yaml at hand and adds what the server knows.
func (a *line) localPlans(ctx context.Context, name string) ([]api.Plan, error) {
	if a.Programs.Outline == nil {
		return nil, absent("planning")
	}
	top, err := a.repository(ctx)
	if err != nil {
		top = a.Dir
	}
	file, err := a.readConfig(filepath.Join(top, configFile))
	if err != nil {
		return nil, err
	}
	commit, err := a.git(ctx, "rev-parse", "HEAD")
	if err != nil {
		commit = ""
	}
	plans := []api.Plan{}
	for _, s := range file.Services {
		if name != "" && s.Name != name {
			continue
		}
		p := a.Programs.Outline(s, commit, nil)
		a.addGates(ctx, &p, s)
		plans = append(plans, p)
	}
	if len(plans) == 0 {
		return nil, &davit.Error{Kind: davit.NotFound, Text: configFile + " has no service " + name}
	}
	return plans, nil
}

// addGates adds what the server's gates say, if there is a server that knows
// the service.
func (a *line) addGates(ctx context.Context, p *api.Plan, s spec.Service) {
	remote, err := a.remotePlan(ctx, s.Name, "")
	if err != nil {
		if davit.KindOf(err) != davit.NotFound {
			p.Notes = append(p.Notes, "What the gates say now is not known: "+err.Error()+".")
			return
		}
		p.Notes = append(p.Notes, "The server does not know "+s.Name+" yet: this would be its first release.")
		return
	}
	for i := range p.Environments {
		for _, e := range remote.Environments {
			if e.Name == p.Environments[i].Name {
				p.Environments[i].Gates, p.Environments[i].Replaces = e.Gates, e.Replaces
			}
		}
	}
}

// ownedBy ends a line about a service; nothing if its owner is not said.
func ownedBy(owner string) string {
	if owner == "" {
		return ""
	}
	return ", owner " + plain(owner)
}

func (a *line) showPlan(p api.Plan) {
	commit := ""
	if p.Commit != "" {
		commit = "  commit " + short(p.Commit)
	}
	a.say("%s%s  branch %s, queue %s%s", a.paint(bold, p.Service), commit, p.Branch, p.Queue, ownedBy(p.Owner))
	for _, n := range p.Notes {
		if n != "" {
			a.say("%s", plain(n))
		}
	}
	a.section("Stages")
	if len(p.Stages) == 0 {
		a.say("  none")
	}
	for _, s := range p.Stages {
		head := "  " + s.Name
		if len(s.Needs) > 0 {
			head += " after " + strings.Join(s.Needs, ", ")
		}
		head += fmt.Sprintf("  (within %s, %d attempts)", seconds(s.Timeout), s.Attempts)
		if !s.Runs {
			head += "  skipped: " + s.Reason
		}
		a.say("%s", head)
		for _, step := range s.Steps {
			indent(a.Stdout, "    $ ", step)
		}
	}
	a.say("  then packed: %s", p.Package)
	for _, e := range p.Environments {
		a.section("Environment " + e.Name)
		a.showPlanEnvironment(e)
	}
}

func (a *line) showPlanEnvironment(e api.PlanEnvironment) {
	replaces := "nothing runs there yet"
	if e.Replaces != "" {
		replaces = "replaces " + e.Replaces
	}
	a.say("  %s, %s, at %s; %s", e.Strategy, counted(e.Instances, "instance"), strings.Join(e.Hosts, ", "), replaces)
	for i, s := range e.Steps {
		how := []string{}
		if s.Judge != "" {
			how = append(how, "judge: "+s.Judge)
		}
		if s.Hold > 0 {
			how = append(how, "at least "+seconds(s.Hold))
		}
		if s.Approve {
			how = append(how, "a person must approve")
		}
		line := fmt.Sprintf("  %d. %s", i+1, s.Name)
		if len(how) > 0 {
			line += "  (" + strings.Join(how, ", ") + ")"
		}
		a.say("%s", line)
	}
	if e.Settle > 0 {
		a.say("  then the old version stays warm for %s", seconds(e.Settle))
	}
	for _, g := range e.Gates {
		a.say("  gate %s: %s  %s", g.Gate, a.paint(phaseColour(g.Answer), g.Answer), plain(g.Reason))
	}
	for _, k := range slices.Sorted(maps.Keys(e.Defaults)) {
		a.say("  %s", a.paint(grey, k+": "+e.Defaults[k]))
	}
}
