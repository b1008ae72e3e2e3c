package access

import (
	"fmt"
	"slices"

	"github.com/davit-cd/davit"
)

// Rule says which role a verb needs.
type Rule struct {
	Verb  Verb
	Least davit.Role
	What  string // completes "may …"
}

// Rules returns the whole table, from the least role to the greatest.
func Rules() []Rule { return slices.Clone(table) }

// table is never written to.
var table = []Rule{
	{FlagEvaluate, davit.Client, "evaluate flags by OFREP and flagd's protocols, and follow their changes"},
	{Read, davit.Viewer, "see services, runs, releases, rollouts, findings, logs and the journal"},
	{Watch, davit.Viewer, "follow what happens as it happens"},
	{Pull, davit.Viewer, "clone repositories and pull artifacts"},
	{AuditVerify, davit.Viewer, "have the journal verified"},
	{Push, davit.Deployer, "push commits, which starts runs, and push artifacts"},
	{Deploy, davit.Deployer, "start a rollout of a release that is there"},
	{Promote, davit.Deployer, "let a rollout that waits for a person go on"},
	{Hold, davit.Deployer, "hold a rollout where it is"},
	{Resume, davit.Deployer, "let a held rollout go on"},
	{Abort, davit.Deployer, "end a rollout and take its version back"},
	{Rollback, davit.Deployer, "go back to an earlier release"},
	{Approve, davit.Deployer, "answer an approval gate"},
	{Rerun, davit.Deployer, "run a stage or a whole run again"},
	{Cancel, davit.Deployer, "cancel a run"},
	{Quarantine, davit.Deployer, "forbid a digest everywhere"},
	{FlagSet, davit.Deployer, "change a flag"},
	{SecretList, davit.Deployer, "see the names of secrets, never their values"},
	{Lift, davit.Admin, "lift a quarantine, with a reason"},
	{Override, davit.Admin, "override a gate that says who may override it"},
	{SecretSet, davit.Admin, "set a secret"},
	{SecretDelete, davit.Admin, "delete a secret"},
	{TokenManage, davit.Admin, "make, list and revoke tokens"},
	{ServiceRemove, davit.Admin, "remove a service"},
	{Settings, davit.Admin, "change the settings of the server"},
	{AuditExport, davit.Admin, "export the whole journal"},
}

// Least returns the least role that verb needs; false for an unknown verb.
func Least(verb Verb) (davit.Role, bool) {
	for _, r := range table {
		if r.Verb == verb {
			return r.Least, true
		}
	}
	return "", false
}

// Allow returns nil if role may do verb, else a Forbidden error that says which
// role is needed. Nobody may do an unknown verb, and an unknown role may do
// nothing.
func Allow(role davit.Role, verb Verb) error {
	least, ok := Least(verb)
	if !ok {
		return &davit.Error{Kind: davit.Forbidden, Text: fmt.Sprintf("nobody may %q: there is no such verb", verb)}
	}
	if role.Includes(least) {
		return nil
	}
	mine := fmt.Sprintf("this token's role is %q", role)
	if role == "" {
		mine = "this request has no role"
	}
	return &davit.Error{
		Kind: davit.Forbidden,
		Text: fmt.Sprintf("%q needs the role %q; %s", verb, least, mine),
		Hint: fmt.Sprintf("ask an admin for a token with the role %q", least),
	}
}

// ParseRole reads the name of a role.
func ParseRole(s string) (davit.Role, error) {
	if r := davit.Role(s); r.Includes(davit.Client) {
		return r, nil
	}
	return "", &davit.Error{
		Kind: davit.Invalid, Text: fmt.Sprintf("there is no role %q", s),
		Hint: fmt.Sprintf("the roles are %q, %q, %q and %q", davit.Client, davit.Viewer, davit.Deployer, davit.Admin),
	}
}
