package spec

// runShape is how a release runs. Without defaults it is what an environment
// overrides: only what is written counts.
func runShape(defaults bool) Shape {
	keys := []Key{
		{Name: "command", Doc: "A shell command, or a list of program and arguments, which runs without a shell.", Example: "[./shop, --verbose]", Shape: Shape{Type: Command, Items: &Shape{Type: Text}, Least: 1}},
		{Name: "static", Doc: "Instead of a command: a folder of the artifact that Davit serves itself.", Example: "public", Shape: Shape{Type: Path}},
		{Name: "env", Doc: "Variables of the process. Not for secrets. PORT and HOST are set by Davit.", Example: "{LOG_LEVEL: info}", Shape: envShape()},
		secretsKey("stages.<name>.secrets[]"),
		{Name: "protocol", Doc: "What the process speaks: http, or h2c for HTTP/2 without TLS (gRPC).", Default: "http", Shape: Shape{Enum: []string{"http", "h2c"}}},
		{
			Name: "health", Doc: "When an instance counts as ready and as alive. The short form is the URL path of ready.", Default: "{}", Example: "/healthz",
			Shape: Shape{Short: "ready", Keys: []Key{
				{Name: "ready", Doc: "An instance gets requests only while this passes. The short form is a URL path.", Default: "{tcp: true}", Example: "/healthz", Shape: checkShape("1s")},
				{Name: "live", see: "run.health.ready", Doc: "An instance that fails this is started anew.", Assumed: "the process is there", Example: "/livez", Shape: checkShape("10s")},
			}},
		},
		{Name: "start_within", Doc: "An instance that is not ready by then counts as failed.", Default: "60s", Shape: Shape{Type: Duration, Min: 1, Max: 3600}},
		{Name: "stop_within", Doc: "Time between SIGTERM and SIGKILL.", Default: "10s", Shape: Shape{Type: Duration, Min: 0, Max: 3600}},
		{Name: "memory", Doc: "Bound on the memory of an instance.", Assumed: "none", Example: "256MiB", Shape: Shape{Type: Size, Min: 4 << 20, Max: 1 << 44}},
		{Name: "cpu", Doc: "Bound on the cores of an instance.", Assumed: "none", Example: "0.5", Shape: Shape{Type: Number, Min: 0.01, Max: 1024}},
	}
	s := Shape{Short: "command", Keys: keys, One: []string{"command", "static"}}
	if !defaults {
		for i := range keys {
			keys[i].Default, keys[i].Assumed = "", "as for the service"
		}
		health := &keys[5].Shape.Keys[0]
		health.Default, health.Assumed = "", "as for the service"
	}
	return s
}

func checkShape(interval string) Shape {
	return Shape{Short: "http", One: []string{"http", "tcp", "command"}, Need: true, Keys: []Key{
		{Name: "http", Doc: "URL path; an answer 2xx or 3xx passes.", Shape: Shape{Type: URLPath}},
		{Name: "tcp", Doc: "The port accepts a connection.", Example: "true", Shape: Shape{Type: Switch}},
		{Name: "command", Doc: "A shell command, or a list of program and arguments; exit status 0 passes.", Shape: Shape{Type: Command, Items: &Shape{Type: Text}, Least: 1}},
		{Name: "interval", Doc: "Between two checks.", Default: interval, Shape: Shape{Type: Duration, Min: 0.1, Max: 3600}},
		{Name: "timeout", Doc: "Of one check.", Default: "2s", Shape: Shape{Type: Duration, Min: 0.01, Max: 600}},
		{Name: "failures", Doc: "In a row before it counts as failed.", Default: "3", Shape: Shape{Type: Whole, Min: 1, Max: 100}},
	}}
}
