package api

import (
	"bytes"
	"fmt"
)

// Reference returns docs/reference/api.md, made from the tables of routes and
// outcomes.
func Reference() []byte {
	var b bytes.Buffer
	b.WriteString(`# API

<!-- Made from internal/api by: go test ./internal/server -run TestOpenAPI -update -->

Everything that ` + "`davit`" + ` does on the command line, over HTTP and JSON, below ` + "`" + Base + "`" + `. The server itself
gives the full description, OpenAPI 3.1, at ` + "`/openapi.json`" + `; a copy is [openapi.json](openapi.json).

## Who asks

Every request but ` + "`/healthz`" + ` and ` + "`/readyz`" + ` carries a token: ` + "`Authorization: Bearer dvt_…`" + `, or basic
authentication with the token as password (git and container tools do that). A token has a role; each role may do
what the one before it may: client, viewer, deployer, admin. The first admin token lies in the data folder, ` + "`admin.token`" + `.

    curl -H "Authorization: Bearer $DAVIT_TOKEN" http://127.0.0.1:7400/api/v1/status

The page in the browser has a session instead: it shows a token once, at ` + "`POST " + SessionPath + "`" + `, and gets a cookie that opens the API and nothing else.
Sessions are for Davit's own page; programs send a token each time.

## Lists

A list gives ` + "`items`" + ` and, if there are more, ` + "`next`" + `; pass it as ` + "`after`" + ` to get the next page.
` + fmt.Sprintf("`limit` is %d if it is not given and at most %d.", DefaultLimit, MaxLimit) + ` Newest comes first.

## Writes

A write may carry ` + "`Idempotency-Key`" + `: for 24 hours the same key with the same request gives the same answer
(with ` + "`Idempotent-Replay: true`" + `) and does nothing again; with another request it is refused. The answer
to making a token is not kept, because it holds a secret, and setting a secret needs no key.

## Streams

` + "`/events`" + ` and the logs are server-sent events. Events carry their number as id; send ` + "`Last-Event-ID`" + ` or
` + "`after`" + ` to go on where you were. A comment comes every 15 seconds. A log ends with the event ` + "`end`" + `.

## Problems

Errors are ` + "`" + ProblemType + "`" + ` (RFC 9457) with ` + "`kind`" + `, ` + "`detail`" + `, a ` + "`hint`" + ` how to mend it, and ` + "`errors`" + ` for the
single mistakes in the input.

| kind | status | exit code of a command | meaning |
|---|---|---|---|
`)
	for _, o := range Outcomes() {
		fmt.Fprintf(&b, "| %s | %d | %d | %s |\n", o.Kind, o.Status, o.Exit, o.Title)
	}
	b.WriteString("\nCommands also end with 0 when it was done, and with 4 when it was rolled back.\n\n## Routes\n")
	tag := ""
	for _, r := range Routes() {
		if r.Tag != tag {
			tag = r.Tag
			fmt.Fprintf(&b, "\n### %s\n\n| route | role | |\n|---|---|---|\n", tag)
		}
		what := r.Summary
		if r.Stream != "" {
			what += " (" + r.Stream + ")"
		}
		fmt.Fprintf(&b, "| `%s %s` | %s | %s |\n", r.Method, r.Path, r.Role(), what)
	}
	return b.Bytes()
}
