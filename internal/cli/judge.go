package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/judge"
)

func (a *line) judgeCommand() *cobra.Command {
	cmd := command(groupKeep, "judge [FILE]", "Judges counts from a file or standard input, second by second.",
		`It reads NDJSON: a line per second and version, then a tick, upon which one line
comes out. The format is in docs/judge.md. Nobody is asked; the verdict is the
one a rollout would get from the same counts.

  0  promote, or inconclusive    4  rollback    2  a malformed line`,
		"  davit judge counts.ndjson\n  davit judge < counts.ndjson\n  davit judge replay shop-production-r12", api.ExitRolledBack)
	cmd.Args = cobra.MaximumNArgs(1)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		name := "-"
		if len(args) == 1 {
			name = args[0]
		}
		in, err := a.open(name)
		if err != nil {
			return err
		}
		defer func() { _ = in.Close() }()
		verdict, err := a.judgeStream(in, judge.Defaults())
		if err == nil && verdict == "rollback" {
			err = exit{code: api.ExitRolledBack}
		}
		return err
	}
	cmd.AddCommand(a.judgeReplayCommand())
	return cmd
}

// judgeStream prints the verdict after each tick and returns the last.
func (a *line) judgeStream(in io.Reader, settings judge.Settings) (string, error) {
	s := judge.NewStream(settings)
	out := bufio.NewWriter(a.Stdout)
	last := ""
	put := func(answer []byte) error {
		if len(answer) == 0 {
			return nil
		}
		var v struct {
			Verdict string `json:"verdict"`
		}
		if err := json.Unmarshal(answer, &v); err != nil {
			return err
		}
		last = v.Verdict
		if _, err := out.Write(answer); err != nil {
			return err
		}
		return out.Flush()
	}
	lines := bufio.NewReaderSize(in, 64<<10)
	for {
		line, err := readLine(lines)
		if len(line) > 0 {
			answer, failed := s.Line(line)
			if failed != nil {
				return last, failed
			}
			if failed := put(answer); failed != nil {
				return last, failed
			}
		}
		if errors.Is(err, io.EOF) {
			return last, put(s.End())
		}
		if err != nil {
			return last, err
		}
	}
}

// readLine reads a line, but no more of it than the judge would take.
func readLine(in *bufio.Reader) ([]byte, error) {
	const most = 2 << 20
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(line) < most {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

func (a *line) judgeReplayCommand() *cobra.Command {
	cmd := command("", "replay ROLLOUT", "Judges a rollout again from its stored counts and compares every stored verdict.",
		"It ends with 1 if one comes out otherwise. --counts prints the live counts instead,\nas davit judge reads them.",
		"  davit judge replay shop-production-r12\n  davit judge replay shop-production-r12 --counts | davit judge")
	cmd.Args = cobra.ExactArgs(1)
	raw := cmd.Flags().Bool("counts", false, "print the counts instead of judging them")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		if *raw {
			body, err := c.Stream(cmd.Context(), "read-counts", api.Params{"rollout": args[0]})
			if err != nil {
				return err
			}
			defer func() { _ = body.Close() }()
			_, err = io.Copy(a.Stdout, body)
			return err
		}
		page, err := api.Get[api.Page[api.Replayed]](cmd.Context(), c, "replay-rollout", api.Params{"rollout": args[0]})
		if err != nil {
			return err
		}
		return a.showReplay(page)
	}
	return cmd
}

func (a *line) showReplay(page api.Page[api.Replayed]) error {
	same := true
	for _, r := range page.Items {
		same = same && r.Same
	}
	if err := a.answer(page, func() {
		for _, r := range page.Items {
			a.say("%s  %s  %s", moment(r.Verdict.At), a.paint(phaseColour(r.Verdict.Answer), r.Verdict.Answer), headline(r.Verdict.Reason))
			for _, d := range r.Differences {
				a.say("  %s %s", a.paint(red, "otherwise:"), plain(d))
			}
		}
		if same {
			a.say("%d of %d verdicts are the same to the last digit", len(page.Items), len(page.Items))
		}
	}); err != nil {
		return err
	}
	if !same {
		return exit{code: api.ExitFailed}
	}
	return nil
}
