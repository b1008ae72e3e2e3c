package main

import (
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// examples runs the examples of a page: each block of sh, whose output must be
// that of the block of text behind it, where "…" stands for
// anything. $TOKEN is what the file holds.
func examples(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: examples PAGE TOKENFILE")
	}
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```\n\n```text\n(.*?)```").FindAllStringSubmatch(ts.ReadFile(args[0]), -1)
	if len(blocks) == 0 {
		ts.Fatalf("%s has no examples", args[0])
	}
	for _, b := range blocks {
		script := "TOKEN=" + strings.TrimSpace(ts.ReadFile(args[1])) + "\n" + strings.ReplaceAll(b[1], "http://127.0.0.1:7400", ts.Getenv("DAVIT_SERVER"))
		if err := ts.Exec("sh", "-ec", script); err != nil {
			ts.Fatalf("%v: %s", err, b[1])
		}
		said := ts.ReadFile("stdout")
		parts := strings.Split(strings.TrimSpace(b[2]), "…")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		if !regexp.MustCompile("(?s)^" + strings.Join(parts, ".*") + "$").MatchString(strings.TrimSpace(said)) {
			ts.Fatalf("%s\nprints\n%s\nand the page says\n%s", b[1], said, b[2])
		}
	}
}
