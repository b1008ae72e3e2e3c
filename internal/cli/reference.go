package cli

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Reference returns docs/reference/cli.md, made from the commands themselves.
func Reference() []byte {
	a := &line{Env: Env{Getenv: func(string) string { return "" }, Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}}}
	root := a.root()
	var b bytes.Buffer
	b.WriteString(`# Commands

<!-- Made from internal/cli by: go test ./internal/cli -run TestReference -update -->

Every command takes ` + "`--help`" + ` and ` + "`--json`" + `. The server is found by ` + "`--server`" + `, ` + "`DAVIT_SERVER`" + ` (unless ` + "`--data`" + ` is given), the address that the
server on this machine has noted in its data folder, and ` + "`" + defaultServer + "`" + `, in this order. The token comes from
` + "`DAVIT_TOKEN`" + `, or from ` + "`admin.token`" + ` in the data folder of this machine, which is sent to this machine only.
Colours are used on a terminal only, and not if ` + "`NO_COLOR`" + ` is set.

Exit codes: 0 done, 1 failed, 2 misused, 3 refused by a gate, 4 rolled back.
`)
	for _, g := range root.Groups() {
		fmt.Fprintf(&b, "\n## %s\n", strings.TrimSuffix(g.Title, ":"))
		for _, c := range root.Commands() {
			if c.GroupID == g.ID && !c.Hidden && c.Name() != "help" {
				describe(&b, c)
			}
		}
	}
	return b.Bytes()
}

func describe(b *bytes.Buffer, c *cobra.Command) {
	fmt.Fprintf(b, "\n### %s\n\n%s\n\n", c.CommandPath(), strings.TrimSpace(c.Long))
	fmt.Fprintf(b, "    %s\n", c.UseLine())
	if c.Example != "" {
		b.WriteString("\nExamples:\n\n")
		for l := range strings.SplitSeq(c.Example, "\n") {
			b.WriteString("    " + strings.TrimSpace(l) + "\n")
		}
	}
	first := true
	c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		if first {
			b.WriteString("\n| flag | |\n|---|---|\n")
			first = false
		}
		name, usage := pflag.UnquoteUsage(f)
		flag := "--" + f.Name
		if name != "" {
			flag += " " + name
		}
		if f.Shorthand != "" {
			flag = "-" + f.Shorthand + ", " + flag
		}
		switch f.DefValue {
		case "", "false", "0", "0s", "[]":
		default:
			usage += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(b, "| `%s` | %s |\n", flag, usage)
	})
	if codes := c.Annotations["exit"]; strings.Contains(codes, "  3  ") || strings.Contains(codes, "  4  ") {
		b.WriteString("\nExit status:\n\n")
		for l := range strings.Lines(codes) {
			b.WriteString("  " + l)
		}
	}
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			describe(b, sub)
		}
	}
}
