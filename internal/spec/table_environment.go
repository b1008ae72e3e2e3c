package spec

// environmentShape is one environment; last says that no other comes after it,
// so that it is taken for the one users are on.
func environmentShape(k Known, last bool) *Shape {
	target := ""
	if len(k.Targets) > 0 {
		target = k.Targets[0]
	}
	keys := []Key{
		{Name: "target", Doc: "What runs the instances.", Default: target, Shape: Shape{Enum: k.Targets}},
		{Name: "after", Doc: "Environments that must have taken the release before. An empty list: none.", Assumed: "the one before it in the file", Example: "[staging]", Shape: texts(Name)},
		{Name: "hosts", Doc: "Host names under which the service answers here.", Assumed: "`<service>.localhost` in production, else `<service>.<environment>.localhost`", Example: "[shop.example.org]", Shape: Shape{Items: &Shape{Type: Host}, Least: 1}},
		{Name: "instances", Doc: "How many instances run.", Default: "1", Last: "2", Shape: Shape{Type: Whole, Min: 1, Max: 1000}},
		{Name: "strategy", Doc: "How a release replaces the one before: a name, or a map from it to its settings (see [strategies](strategies.md)).", Default: "rolling", Last: "canary", Example: "{canary: {steps: [5, 25, 50]}}", Shape: Shape{Kinds: k.Strategies}},
		{Name: "judge", Doc: "How the new version is judged against the old one.", Default: "{}", Shape: judgeShape()},
		{
			Name: "sticky", Doc: "What keeps a user on the version that was met first: a header or a cookie of your own.", Assumed: "a cookie that Davit sets", Example: "{cookie: session}",
			Shape: Shape{Keys: []Key{
				{Name: "header", Doc: "Name of a request header, taken before the cookie.", Shape: Shape{Type: Header}},
				{Name: "cookie", Doc: "Name of a cookie.", Shape: Shape{Type: Header}},
			}},
		},
		{Name: "smoke", Doc: "Requests sent to the new version through the router before any user is. The short form is a URL path.", Example: "[/, {path: /api/items, status: 200, within: 500ms}]", Shape: Shape{Items: smokeShape()}},
		{
			Name: "probe", Doc: "Requests that Davit sends to both versions alike while users send too few to judge by. They are marked and counted apart. The short form is the path; off: none.", Default: "{}", Assumed: "the path of health.ready if it is one, else /", Example: "/api/items",
			Shape: Shape{Off: true, Short: "path", Keys: []Key{
				{Name: "path", Doc: "URL path; a request for it must not change anything.", Assumed: "the path of health.ready if it is one, else /", Shape: Shape{Type: URLPath}},
				{Name: "method", Doc: "HTTP method.", Default: "GET", Shape: Shape{Enum: []string{"GET", "HEAD", "OPTIONS"}}},
				{Name: "rate", Doc: "Requests a second to each version.", Default: "50", Shape: Shape{Type: Number, Min: 0.1, Max: 100}},
			}},
		},
		{Name: "gates", Doc: "Conditions on entering the environment, by name, or {name: settings}.", Example: "[approval, {soak: {for: 1h}}]", Shape: Shape{Items: &Shape{Kinds: k.Gates}}},
		{Name: "settle", Doc: "The old version stays warm and the new one watched for so long after it has all the traffic.", Default: "10s", Last: "5m", Shape: Shape{Type: Duration, Min: 0, Max: 7 * 86400}},
		{Name: "drain", Doc: "The most that requests in flight may take when an instance is taken out.", Default: "30s", Shape: Shape{Type: Duration, Min: 0, Max: 3600}},
		{Name: "env", Doc: "Variables here, added to those of run.", Shape: envShape()},
		secretsKey("stages.<name>.secrets[]"),
		{Name: "run", see: "run", Doc: "What differs here from the service's run, key by key.", Shape: runShape(false)},
	}
	if last {
		for i := range keys {
			if keys[i].Last != "" {
				keys[i].Default = keys[i].Last
			}
		}
	}
	return &Shape{Keys: keys}
}

func judgeShape() Shape {
	return Shape{Keys: []Key{
		{Name: "alpha", Doc: "Bound on the chance that a version that is no worse is ever rolled back in a rollout.", Default: "0.001", Shape: Shape{Type: Number, Min: 1e-9, Max: 0.2}},
		{Name: "beta", Doc: "Bound on the chance that a version worse than the margin passes.", Default: "0.01", Shape: Shape{Type: Number, Min: 1e-9, Max: 0.2}},
		{Name: "margin", Doc: "Errors that a new version may have more than the old one and still pass, in percentage points.", Default: "0.5%", Shape: Shape{Type: Percent, Min: 0.01, Max: 20}},
		{Name: "min_bake", Doc: "The least time before the first pass.", Default: "10s", Shape: Shape{Type: Duration, Min: 1, Max: 7 * 86400}},
		{Name: "min_requests", Doc: "Requests the new version must have answered in a step before it passes.", Default: "50", Shape: Shape{Type: Whole, Min: 1, Max: 1e8}},
		{Name: "min_diff", Doc: "Percentage points of errors below which a difference is not worth a rollback.", Default: "0.05%", Shape: Shape{Type: Percent, Min: 0.001, Max: 50}},
		{Name: "min_ratio", Doc: "Ratio of error rates below which a difference is not worth a rollback.", Default: "1.2", Shape: Shape{Type: Number, Min: 1, Max: 100}},
		{Name: "latency_ratio", Doc: "Ratio of latencies below which a slower version is not worth a rollback.", Default: "1.1", Shape: Shape{Type: Number, Min: 1, Max: 100}},
		{Name: "no_data", Doc: "What to do at the deadline of a step if there was too little traffic to judge by. It never promotes.", Default: "rollback", Shape: Shape{Enum: []string{"rollback", "hold"}}},
		{Name: "deadline", Doc: "How long a step may take beyond its hold.", Default: "10m", Shape: Shape{Type: Duration, Min: 1, Max: 30 * 86400}},
		{Name: "warmup", Doc: "The most of a cold process's first seconds that is excused while it is getting faster.", Default: "90s", Shape: Shape{Type: Duration, Min: 0, Max: 3600}},
		{Name: "burst", Doc: "How long one instance may be unwell by itself without it being its version's fault. Harm that lasts no longer takes nothing back, unless half the requests fail, or the old instances were seen for forty minutes between them and had no bursts. `0s`: there are none.", Default: "20s", Shape: Shape{Type: Duration, Min: 0, Max: 600}},
	}}
}

func smokeShape() *Shape {
	return &Shape{Short: "path", Keys: []Key{
		{Name: "name", Doc: "For people.", Assumed: "method and path", Shape: Shape{Type: Text}},
		{Name: "method", Doc: "HTTP method.", Default: "GET", Shape: Shape{Type: Method}},
		{Name: "path", Doc: "URL path, with a query if need be.", Need: true, Shape: Shape{Type: URLPath}},
		{Name: "headers", Doc: "Headers of the request.", Shape: Shape{Values: &Shape{Type: Value}, Names: Header}},
		{Name: "body", Doc: "Body of the request.", Shape: Shape{Type: Value}},
		{Name: "status", Doc: "Status that is expected.", Default: "200", Shape: Shape{Type: Whole, Min: 100, Max: 599}},
		{Name: "json", Doc: "Values expected in a JSON answer, by dotted path.", Example: "{status: ok, items.0.id: 7}", Shape: Shape{Values: &Shape{Type: Value}, Names: Text}},
		{Name: "within", Doc: "Bound on the latency.", Assumed: "timeout", Shape: Shape{Type: Duration, Min: 0.001, Max: 600}},
		{Name: "timeout", Doc: "Of one request.", Default: "5s", Shape: Shape{Type: Duration, Min: 0.01, Max: 600}},
		{Name: "retries", Doc: "Further attempts after the first.", Default: "2", Shape: Shape{Type: Whole, Min: 0, Max: 100}},
	}}
}

// Gates are the gates that come with Davit.
func Gates() []Kind {
	return []Kind{
		{
			Name: "approval", Doc: "Waits until people have approved the release.",
			Keys: []Key{
				{Name: "by", Doc: "The least role that may approve.", Default: "deployer", Shape: Shape{Enum: []string{"deployer", "admin"}}},
				{Name: "count", Doc: "How many people must approve.", Default: "1", Shape: Shape{Type: Whole, Min: 1, Max: 10}},
				{Name: "own", Doc: "Whether the approval of whoever pushed or wrote the commit counts; for teams of one.", Default: "false", Shape: Shape{Type: Switch}},
				{Name: "within", Doc: "After this time without approval the release is stopped here.", Default: "7d", Shape: Shape{Type: Duration, Min: 1, Max: 90 * 86400}},
			},
		},
		{
			Name: "command", Doc: "Runs a shell command; exit status 0 passes. The release is described in variables that begin with DAVIT_.",
			Keys: []Key{
				{Name: "run", Doc: "The command, or a list of program and arguments.", Need: true, Shape: Shape{Type: Command, Items: &Shape{Type: Text}, Least: 1}},
				{Name: "timeout", Doc: "The most that it may take; longer is a refusal.", Default: "5m", Shape: Shape{Type: Duration, Min: 1, Max: 86400}},
			},
		},
		{
			Name: "flags-overdue", Doc: "Refuses a release while the service has feature flags that should have gone by now.",
			Keys: []Key{
				{Name: "grace", Doc: "How long a flag may outlive its expiry.", Default: "0", Shape: Shape{Type: Duration, Min: 0, Max: 365 * 86400}},
				{Name: "most", Doc: "How many overdue flags are put up with.", Default: "0", Shape: Shape{Type: Whole, Min: 0, Max: 1000}},
			},
		},
		{
			Name: "soak", Doc: "Waits until the release has run well in the environments before this one for some time.",
			Keys: []Key{
				{Name: "for", Doc: "How long.", Default: "1h", Shape: Shape{Type: Duration, Min: 1, Max: 90 * 86400}},
			},
		},
	}
}
