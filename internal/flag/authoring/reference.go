package authoring

import (
	"fmt"
	"strings"

	"github.com/davit-cd/davit/internal/spec"
)

// Reference returns the reference page of files of flags and of their cases in
// Markdown, made from the shapes that are read by.
func Reference() []byte {
	var b strings.Builder
	b.WriteString(`# davit.flags.yaml

<!-- Made from the shapes in internal/flag/authoring; go test ./internal/flag/authoring -rewrite rewrites it. -->

This is every key of a file with feature flags, which lies beside ` + "`davit.yaml`" + ` and is read at each push, and of what ` + "`davit flags create`, `edit`, `import` and `export`" + `
read and write. The dialect is that of [davit.yaml](davit-yaml.md): YAML 1.2 or JSON,
strict, at most 1 MiB and 10 000 lines; a key that is not on this page is an error, with its line, its column and the nearest right key.

` + "```yaml" + `
flags:
  new-checkout:
    kind: release
    owner: team-pay
    purpose: The checkout on one page.
    environments:
      staging: {on: true}
      production:
        on: true
        rules:
          - if: {segment: beta}
            serve: on
        serve: {on: 10, off: 90}
segments:
  beta:
    if: {email: {ends: "@example.org"}}
` + "```" + `

A key is any text of one line, at most 200 bytes, with ` + "`/`" + ` and any letters. A flag gives, in this order: the off variant while it is off; the off variant to those a
prerequisite fails for, or who are held out, or who are not in its share of an exclusive group; the variant of whose targets the user is; that of the first
rule that holds; and what ` + "`serve`" + ` or ` + "`ramp`" + ` say.

`)
	top := strings.Replace(spec.Tables("Top level", Shape()), "## Top level\n", "## The file\n", 1)
	b.WriteString(top)
	b.WriteString(`## Conditions

A condition is a map, all of whose entries must hold. An entry is an attribute of the context and what it is compared with: a value, a list of which one will do,
or a map of comparisons that must all hold. ` + "`targetingKey`" + ` is the user's key; dots lead into maps (` + "`account.plan`" + `).

| entry | holds where |
|---|---|
| ` + "`segment: NAME`" + ` | the user is in the segment, or in one of a list of them |
| ` + "`share: 5`" + ` | the user is in this share of all users, in percent, drawn for this condition alone |
| ` + "`all: [...]`, `any: [...]`, `not: {...}`" + ` | all of the conditions hold, or one of them, or it does not |
| ` + "`attribute: NAME, is: VALUE`" + ` | for attributes that are called like one of these words |

| comparison | holds where the attribute | who can evaluate it |
|---|---|---|
`)
	for _, op := range Ops() {
		who := "every client"
		if !op.Portable() {
			who = "Davit's server only"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", op, op.meaning(), who)
	}
	b.WriteString(`
Where an attribute is missing, no comparison holds but ` + "`not`, `not_in` and `exists: false`" + `. A flag with a comparison that only the server can evaluate is answered over OFREP and
flagd's evaluation protocol; clients that evaluate by themselves use their program's own default for it, and ` + "`davit flags validate`" + ` says so.

`)
	b.WriteString("# Cases\n\n`davit flags test FILE` tries what a file expects of flags.\n\n")
	b.WriteString(strings.Replace(spec.Tables("Top level", CasesShape()), "## Top level\n", "## The file of cases\n", 1))
	return []byte(strings.TrimRight(b.String(), "\n") + "\n")
}

// meaning completes "holds where the attribute …".
func (o Op) meaning() string {
	switch o {
	case Is:
		return "is the value"
	case Not:
		return "is not the value, or is missing"
	case In:
		return "is one of a list"
	case NotIn:
		return "is none of a list, or is missing"
	case Contains:
		return "is a text with this text in it"
	case Starts:
		return "is a text that begins so"
	case Ends:
		return "is a text that ends so"
	case Above:
		return "is a number above this one"
	case Below:
		return "is a number below this one"
	case Min:
		return "is a number of at least this"
	case Max:
		return "is a number of at most this"
	case Semver:
		return "is a version in a range: `>= 2.1.0`, `^2.0.0` (same major), `~2.1.0` (same major and minor)"
	case Exists:
		return "is there (`true`) or missing (`false`)"
	case Has:
		return "is a list with the value in it"
	case Matches:
		return "is a text that matches a regular expression (RE2)"
	case Cidr:
		return "is an IP address in a network, or in one of a list"
	case After:
		return "is a time after this one"
	case Before:
		return "is a time before this one"
	case Like:
		return "is the text, whatever the case of letters"
	}
	return ""
}
