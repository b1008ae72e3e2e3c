package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/spec"
)

// line is one call of the program.
type line struct {
	Env
	server string // --server
	data   string // --data
	json   bool   // --json
	began  bool   // a command has begun, so an error is not misuse of the command line
}

// Run runs one command and returns its exit code.
func Run(ctx context.Context, args []string, env Env) int {
	a := &line{Env: env}
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return api.ExitDone
	}
	return a.fail(ctx, err)
}

// exit is an error that says the exit code; without a text everything has been
// said already.
type exit struct {
	code int
	text string
}

// Error returns the text.
func (e exit) Error() string { return e.text }

// fail prints an error and returns the exit code.
func (a *line) fail(ctx context.Context, err error) int {
	if told, ok := errors.AsType[exit](err); ok {
		if told.text != "" {
			a.complain(told.text, "")
		}
		return told.code
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		a.complain("interrupted", "what was started goes on; davit status shows it")
		return api.ExitFailed
	}
	if !a.began {
		hint := "davit --help lists the commands"
		if e, ok := errors.AsType[*davit.Error](err); ok && e.Hint != "" {
			hint = e.Hint
		}
		a.complain(strings.TrimPrefix(err.Error(), "davit: "), hint)
		return api.ExitMisused
	}
	if a.json {
		p, ok := errors.AsType[*api.Problem](err)
		if !ok {
			p = api.NewProblem(davit.KindOf(err), err.Error(), hintOf(err))
		}
		_ = json.NewEncoder(a.Stderr).Encode(p)
	} else {
		a.complain(err.Error(), hintOf(err))
	}
	return api.OutcomeOf(davit.KindOf(err)).Exit
}

func hintOf(err error) string {
	if _, ok := errors.AsType[spec.Problems](err); ok {
		return "" // each has its own beside it
	}
	if e, ok := errors.AsType[*davit.Error](err); ok {
		return e.Hint
	}
	return ""
}

func (a *line) complain(text, hint string) {
	fmt.Fprintf(a.Stderr, "davit: %s\n", text)
	if hint != "" {
		fmt.Fprintf(a.Stderr, "  hint: %s\n", hint)
	}
}

// misused is an error about how a command was called.
func misused(format string, args ...any) error {
	return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf(format, args...)}
}

// The groups of commands, in the order of the help.
const (
	groupBegin = "begin"
	groupShip  = "ship"
	groupWatch = "watch"
	groupSteer = "steer"
	groupKeep  = "keep"
)

const helpTemplate = `{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}

{{end}}{{if or .Runnable .HasSubCommands}}{{.UsageString}}{{end}}{{with (index .Annotations "exit")}}
Exit status:
{{.}}{{end}}`

func (a *line) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "davit",
		Short:         "Lowers every commit into production gently, and hoists it back when it takes on water.",
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true, DisableDefaultCmd: true},
		Args:              cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.SetHelpTemplate(helpTemplate)
	root.AddGroup(
		&cobra.Group{ID: groupBegin, Title: "Begin:"}, &cobra.Group{ID: groupShip, Title: "Ship:"}, &cobra.Group{ID: groupWatch, Title: "See:"},
		&cobra.Group{ID: groupSteer, Title: "Steer:"}, &cobra.Group{ID: groupKeep, Title: "Keep:"},
	)
	flags := root.PersistentFlags()
	flags.StringVar(&a.server, "server", "", "address of the server (default $DAVIT_SERVER, else the one on this machine)")
	flags.StringVar(&a.data, "data", "", "data folder of the server on this machine (default $XDG_STATE_HOME/davit or ~/.local/state/davit)")
	flags.BoolVar(&a.json, "json", false, "print JSON with stable names")
	root.AddCommand(
		a.serverCommand(), a.demoCommand(), a.initCommand(), a.downCommand(),
		a.shipCommand(), a.validateCommand(), a.planCommand(),
		a.statusCommand(), a.openCommand(), a.watchCommand(), a.runsCommand(), a.releasesCommand(), a.rolloutsCommand(), a.logsCommand(), a.timelineCommand(), a.whyCommand(), a.trafficCommand(),
		a.promoteCommand(), a.rollbackCommand(), a.holdCommand(), a.resumeCommand(), a.approveCommand(), a.overrideCommand(), a.abortCommand(),
		a.flagsCommand(), a.rampsCommand(), a.experimentsCommand(), a.metricsCommand(), a.quarantineCommand(), a.liftCommand(), a.rerunCommand(), a.cancelCommand(),
		a.secretCommand(), a.tokenCommand(), a.notifyCommand(), a.auditCommand(), a.judgeCommand(), a.doctorCommand(), a.completionCommand(), a.versionCommand(),
		a.routerCommand(), a.credentialCommand(), a.hookCommand(), a.staticCommand(), a.launchCommand(),
	)
	root.SetHelpCommand(&cobra.Command{GroupID: groupKeep, Use: "help [command]", Short: "Says how to use a command.", RunE: func(_ *cobra.Command, args []string) error {
		target, _, err := root.Find(args)
		if err != nil {
			return err
		}
		return target.Help()
	}})
	a.prepare(root)
	return root
}

// prepare gives every command what all have: usage errors that name it, and
// the note that it began.
func (a *line) prepare(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		a.prepare(sub)
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return &davit.Error{Kind: davit.Invalid, Err: err, Hint: c.CommandPath() + " --help says how"}
	})
	if check := cmd.Args; check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return &davit.Error{Kind: davit.Invalid, Err: err, Hint: c.CommandPath() + " --help says how"}
			}
			return nil
		}
	}
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(c *cobra.Command, args []string) error {
			a.began = true
			return run(c, args)
		}
	}
}

// command makes a command whose help ends with its exit codes.
func command(group, use, short, long, example string, codes ...int) *cobra.Command {
	lines := []string{}
	for _, code := range append([]int{api.ExitDone, api.ExitFailed, api.ExitMisused}, codes...) {
		if line := fmt.Sprintf("  %d  %s\n", code, exitText(code)); !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return &cobra.Command{
		GroupID: group, Use: use, Short: short, Long: strings.TrimSpace(short + "\n\n" + long), Example: example, Args: cobra.NoArgs,
		DisableFlagsInUseLine: false, Annotations: map[string]string{"exit": strings.Join(lines, "")},
	}
}

func exitText(code int) string {
	switch code {
	case api.ExitDone:
		return "done"
	case api.ExitFailed:
		return "failed"
	case api.ExitMisused:
		return "misused: the command or its input is wrong"
	case api.ExitRefused:
		return "refused by a gate"
	case api.ExitRolledBack:
		return "rolled back"
	}
	return ""
}
