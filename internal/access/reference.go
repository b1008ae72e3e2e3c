package access

import (
	"bytes"
	"fmt"

	"github.com/davit-cd/davit"
)

// Reference returns docs/reference/roles.md.
func Reference() []byte {
	var b bytes.Buffer
	b.WriteString(`# Roles

<!-- Made from internal/access/rule.go by its test with -update; do not edit. -->

Every token has one role. Each role may do what the one before it may, and more.

| role | for whom |
|---|---|
| client | programs that evaluate flags through an SDK; it may be bound to flag sets |
| viewer | people and screens that look on |
| deployer | developers, the person on call, pipelines |
| admin | those who run Davit |

| verb | least role | may |
|---|---|---|
`)
	for _, r := range Rules() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", r.Verb, r.Least, r.What)
	}
	fmt.Fprintf(&b, `
A token is `+"`%s`"+` followed by %d letters and digits. The server keeps only its SHA-256, so a lost
token cannot be shown again: revoke it and make another one. What a token does is noted in the journal
under the token's name. A verb that a role does not include is answered with `+"`%s`"+` and the role it needs.
`, tokenPrefix, tokenDigits, davit.Forbidden)
	return b.Bytes()
}
