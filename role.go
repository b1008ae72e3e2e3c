package davit

// Role is what a credential allows. Each role includes the one before it.
type Role string

// The roles, from least to most.
const (
	Client   Role = "client"   // evaluate flags, nothing else: for SDKs
	Viewer   Role = "viewer"   // read everything but secrets
	Deployer Role = "deployer" // push, promote, hold, abort, roll back
	Admin    Role = "admin"    // secrets, tokens, lifting quarantine, settings
)

// Includes reports whether r allows what other allows. An unknown role
// includes nothing.
func (r Role) Includes(other Role) bool {
	return rank[r] > 0 && rank[other] > 0 && rank[r] >= rank[other]
}

var rank = map[Role]int{Client: 1, Viewer: 2, Deployer: 3, Admin: 4}
