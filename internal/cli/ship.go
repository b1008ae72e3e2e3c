package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

func (a *line) shipCommand() *cobra.Command {
	var branch string
	var detach bool
	cmd := command(groupShip, "ship", "Sends HEAD to Davit and follows it until it serves everyone, or is taken back.",
		"What is not committed is not sent. Interrupting it stops the watching only; the\nrun goes on. A plain `git push davit` does the same.",
		"  davit ship\n  davit ship --branch main --detach", api.ExitRefused, api.ExitRolledBack)
	cmd.Flags().StringVar(&branch, "branch", "", "branch to push to (default: the branch at hand)")
	cmd.Flags().BoolVar(&detach, "detach", false, "do not wait for the end")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		s, err := a.prepareShip(cmd.Context(), branch)
		if err != nil {
			return err
		}
		if err := c.Alive(cmd.Context()); err != nil {
			return err
		}
		return a.ship(cmd.Context(), c, s, detach)
	}
	return cmd
}

// shipment is what is sent where.
type shipment struct {
	top    string // folder of the repository
	repo   string // its name on the server
	branch string
	commit string
}

// prepareShip looks at the repository at hand: a mistake shows before the push.
func (a *line) prepareShip(ctx context.Context, branch string) (shipment, error) {
	top, err := a.repository(ctx)
	if err != nil {
		return shipment{}, err
	}
	if _, err := a.readConfig(filepath.Join(top, configFile)); err != nil {
		return shipment{}, err
	}
	commit, err := a.git(ctx, "rev-parse", "--verify", "--quiet", "HEAD")
	if err != nil {
		return shipment{}, &davit.Error{Kind: davit.Invalid, Text: "there is no commit yet", Hint: "git add -A && git commit"}
	}
	if _, err := a.git(ctx, "cat-file", "-e", "HEAD:"+configFile); err != nil {
		return shipment{}, &davit.Error{Kind: davit.Invalid, Text: configFile + " is not committed", Hint: "git add " + configFile + " && git commit"}
	}
	if branch == "" {
		if branch, err = a.git(ctx, "symbolic-ref", "--quiet", "--short", "HEAD"); err != nil {
			branch = "main"
		}
	}
	if dirty, err := a.git(ctx, "status", "--porcelain"); err == nil && dirty != "" && !a.json {
		fmt.Fprintf(a.Stderr, "davit: note: %d files are changed and not committed; they are not sent\n", strings.Count(dirty, "\n")+1)
	}
	return shipment{top: top, repo: a.repositoryName(ctx, top), branch: branch, commit: commit}, nil
}

// shipped is the answer of ship in JSON.
type shipped struct {
	Commit  string    `json:"commit"`
	Runs    []api.Run `json:"runs"`
	Verdict string    `json:"verdict"`
	Exit    int       `json:"exit"`
}

func (a *line) ship(ctx context.Context, c *api.Client, s shipment, detach bool) error {
	seq, err := lastEvent(ctx, c)
	if err != nil {
		return err
	}
	if !a.json {
		a.say("%s  %s to %s of %s", a.paint(bold, "ship"), short(s.commit), s.branch, s.repo)
	}
	told, err := a.push(ctx, c, s)
	if err != nil {
		return err
	}
	runs, err := runsOf(ctx, c, s, seq)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		return a.answer(shipped{Commit: s.commit, Runs: []api.Run{}, Verdict: told}, func() {
			indent(a.Stdout, "", orText(told, "nothing to do: the server has this commit and made no run of it"))
		})
	}
	if detach {
		return a.answer(runs, func() { a.say("%s; davit runs shows how it goes", strings.Join(runs, ", ")) })
	}
	ended, err := a.followRuns(ctx, c, runs, seq)
	if err != nil {
		return err
	}
	out := shipped{Commit: s.commit, Runs: []api.Run{}}
	for _, e := range ended {
		out.Runs = append(out.Runs, e.run)
		out.Exit = max(out.Exit, runExit(e))
		out.Verdict = strings.TrimSpace(out.Verdict + "\n" + runVerdict(e))
	}
	if err := a.answer(out, func() {
		for _, e := range ended {
			mark := a.paint(green, "✓")
			if runExit(e) != 0 {
				mark = a.paint(red, "✗")
			}
			a.say("%s %s", mark, headline(runVerdict(e)))
			a.details("  ", runVerdict(e))
		}
		a.say("%s", a.paint(grey, "davit why "+short(s.commit)+" tells everything known about it"))
	}); err != nil {
		return err
	}
	if out.Exit != 0 {
		return exit{code: out.Exit}
	}
	return nil
}

func orText(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}

// push sends the commit. The token reaches git through its environment, which
// nobody but this user can read, and never through its arguments.
func (a *line) push(ctx context.Context, c *api.Client, s shipment) (told string, err error) {
	cmd := exec.CommandContext(ctx, "git", "push", "--porcelain", c.URL+"/git/"+s.repo+".git", s.commit+":refs/heads/"+s.branch)
	cmd.Dir = s.top
	cmd.Env = append(os.Environ(), gitConfig(
		"http."+c.URL+"/.extraHeader", "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte("davit:"+c.Token)),
		"http."+c.URL+"/.extraHeader", api.QuietHeader+": 1",
		"credential.helper", "",
	)...)
	cmd.Env = append(cmd.Env, "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err = cmd.Run()
	told = remoteLines(complaint.String())
	if err == nil {
		return told, nil
	}
	if ctx.Err() != nil {
		return told, context.Cause(ctx)
	}
	return "", pushProblem(told, complaint.String()+out.String())
}

// gitConfig is settings for one git command, given by its environment.
func gitConfig(pairs ...string) []string {
	env := []string{fmt.Sprintf("GIT_CONFIG_COUNT=%d", len(pairs)/2)}
	for i := 0; i+1 < len(pairs); i += 2 {
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i/2, pairs[i]), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i/2, pairs[i+1]))
	}
	return env
}

// remoteLines are what the server said on a push.
func remoteLines(complaint string) string {
	lines := []string{}
	for line := range strings.SplitSeq(complaint, "\n") {
		if text, ok := strings.CutPrefix(line, "remote: "); ok && strings.TrimSpace(text) != "" {
			lines = append(lines, strings.TrimRight(text, " \r"))
		}
	}
	return strings.Join(lines, "\n")
}

// pushProblem says why a push was not taken.
func pushProblem(told, all string) error {
	switch {
	case told != "":
		return &davit.Error{Kind: davit.Conflict, Text: "the push was refused:\n" + strings.TrimPrefix(told, "davit: ")}
	case strings.Contains(all, "non-fast-forward"), strings.Contains(all, "fetch first"):
		return &davit.Error{Kind: davit.Conflict, Text: "the push was refused: the server has commits that are not in HEAD", Hint: "git pull --rebase davit, or git revert what was shipped"}
	case strings.Contains(all, "401"), strings.Contains(all, "Authentication failed"), strings.Contains(all, "could not read Username"):
		return &davit.Error{Kind: davit.Unauthorized, Text: "the push was refused: no valid token", Hint: "set DAVIT_TOKEN"}
	case strings.Contains(all, "403"):
		return &davit.Error{Kind: davit.Forbidden, Text: "the push was refused: the token's role does not allow pushing", Hint: "it needs the role deployer"}
	}
	lines := strings.Split(strings.TrimSpace(all), "\n")
	return &davit.Error{Kind: davit.Unavailable, Text: "the push failed: " + lines[len(lines)-1]}
}

// runsOf finds the runs a push made, or those the commit had before.
func runsOf(ctx context.Context, c *api.Client, s shipment, seq int64) ([]string, error) {
	page, err := api.Get[api.Page[api.Event]](ctx, c, "list-timeline", api.Params{"commit": s.commit, "kind": "run.queued", "limit": "200"})
	if err != nil {
		return nil, err
	}
	fresh, services := []string{}, map[string]string{}
	for _, e := range page.Items { // newest first
		if e.Seq > seq {
			fresh = append(fresh, e.Run)
		}
		if services[e.Service] == "" {
			services[e.Service] = e.Run
		}
	}
	if len(fresh) == 0 {
		for _, run := range services {
			fresh = append(fresh, run)
		}
	}
	slices.Sort(fresh)
	return fresh, nil
}
