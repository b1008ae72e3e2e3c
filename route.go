package davit

// Route is where the requests of one service in one environment go. The router
// refuses a route whose epoch is lower than the highest it has seen for that
// service and environment.
type Route struct {
	Service     string
	Environment string
	Epoch       uint64
	Revision    uint64   // grows with each change inside an epoch; lower is refused
	Hosts       []string // "shop.localhost"; compared without port, case-insensitive
	Salt        string   // of the sticky cohort: rollouts that share it share their first users
	Sticky      Sticky
	Versions    []RouteVersion // at most one stable and one new; weights add up to Full, or all are 0 (503)
	Match       []Match        // requests that go to the new version while its weight, or a match, allows
	Mirror      Weight         // share copied to the version whose Mirror is set
	Hold        bool           // requests wait, bounded, for a backend instead of failing (recreate)
}

// RouteVersion is one version behind a route.
type RouteVersion struct {
	Release  string // release id
	New      bool   // the version being rolled out, else the stable one
	Weight   Weight
	Mirror   bool   // receives copies only
	Protocol string // "http" (default) or "h2c"
	Backends []Backend
}

// Backend is one instance behind a version.
type Backend struct {
	Instance string // instance id
	Address  string // host:port
}

// Sticky says which key keeps a user on a version: the first that a request
// carries of header, cookie, and the cookie the router sets itself.
type Sticky struct {
	Header string
	Cookie string
}
