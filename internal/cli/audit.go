package cli

import (
	"context"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/audit"
)

func (a *line) auditCommand() *cobra.Command {
	cmd := command(groupKeep, "audit", "Proves that the journal was not altered, and exports it.", "", "  davit audit verify\n  davit audit export > journal.ndjson")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(a.auditVerifyCommand(), a.auditExportCommand())
	return cmd
}

func (a *line) auditVerifyCommand() *cobra.Command {
	cmd := command("", "verify [FILE]", "Checks the hash chain and names every changed, missing or moved line.",
		"Without a file the server's journal is checked; with one, an exported journal\n(- is standard input), without asking anybody.",
		"  davit audit verify\n  davit audit verify journal.ndjson")
	cmd.Args = cobra.MaximumNArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		report, err := a.auditReport(cmd.Context(), args)
		if err != nil {
			return err
		}
		if err := a.answer(report, func() {
			for _, p := range report.Problems {
				a.say("%s", p.Text)
			}
			if report.OK || len(report.Problems) > 1 {
				a.say("%s", report.Summary)
			}
		}); err != nil {
			return err
		}
		if !report.OK {
			return exit{code: api.ExitFailed}
		}
		return nil
	}
	return cmd
}

func (a *line) auditReport(ctx context.Context, args []string) (api.AuditReport, error) {
	if len(args) == 0 {
		c, err := a.client()
		if err != nil {
			return api.AuditReport{}, err
		}
		return api.Get[api.AuditReport](ctx, c, "verify-audit", nil)
	}
	in, err := a.open(args[0])
	if err != nil {
		return api.AuditReport{}, err
	}
	defer func() { _ = in.Close() }()
	report, err := audit.VerifyExport(in, audit.NewVerifier())
	return api.AuditReportOf(report), err
}

// open opens a file, or standard input for "-".
func (a *line) open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(a.Stdin), nil
	}
	f, err := os.Open(a.path(name))
	if err != nil {
		return nil, misused("%v", err)
	}
	return f, nil
}

func (a *line) auditExportCommand() *cobra.Command {
	cmd := command("", "export", "Writes the whole journal to standard output, one line of JSON an event.",
		"It needs the role admin.", "  davit audit export > journal.ndjson")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		body, err := c.Stream(cmd.Context(), "export-audit", nil)
		if err != nil {
			return err
		}
		defer func() { _ = body.Close() }()
		_, err = io.Copy(a.Stdout, body)
		return err
	}
	return cmd
}
