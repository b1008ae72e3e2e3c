package access

// Verb is something that a credential may be allowed to do.
type Verb string

// The verbs.
const (
	FlagEvaluate  Verb = "flag.evaluate"
	Read          Verb = "read"
	Watch         Verb = "watch"
	SecretList    Verb = "secret.list"
	AuditVerify   Verb = "audit.verify"
	Push          Verb = "push"
	Pull          Verb = "pull"
	Promote       Verb = "promote"
	Hold          Verb = "hold"
	Resume        Verb = "resume"
	Abort         Verb = "abort"
	Rollback      Verb = "rollback"
	Deploy        Verb = "deploy"
	Approve       Verb = "approve"
	Rerun         Verb = "rerun"
	Cancel        Verb = "cancel"
	Quarantine    Verb = "quarantine"
	FlagSet       Verb = "flag.set"
	Lift          Verb = "lift"
	Override      Verb = "override"
	SecretSet     Verb = "secret.set"
	SecretDelete  Verb = "secret.delete"
	TokenManage   Verb = "token.manage"
	ServiceRemove Verb = "service.remove"
	Settings      Verb = "settings"
	AuditExport   Verb = "audit.export"
)
