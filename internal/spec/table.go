package spec

// root is the shape of a whole file: one service with its settings beside it,
// or several below services.
func root(k Known) Shape {
	service := serviceKeys(k)
	keys := []Key{
		{
			Name: "service", Doc: "Name of the service. It is part of host names, release names and paths.", Example: "shop",
			Shape: Shape{Type: Name},
		},
		{
			Name: "services", Doc: "Several services of one repository, by name. Beside it only owner, branch, queue, fail_fast and environments may stand; they hold for every service that does not set its own.",
			Example: "{shop: {run: ./shop}, cart: {run: ./cart}}",
			Shape:   Shape{Values: &Shape{Keys: service}, Names: Name, Least: 1},
		},
	}
	return Shape{Keys: append(keys, service...), One: []string{"service", "services"}, Need: true}
}

// sharedKeys may stand beside services and hold for all of them.
func sharedKeys() []string { return []string{"owner", "branch", "queue", "fail_fast", "environments"} }

func serviceKeys(k Known) []Key {
	stage := stageShape()
	return []Key{
		{Name: "path", Doc: "Folder of the service in the repository. Stages run in it, and all other paths but watch are below it.", Assumed: "`.` for a single service, else its name", Example: "shop", Shape: Shape{Type: Path}},
		{Name: "owner", Doc: "Who answers for the service: a team or a person, in words. Shown wherever the service is.", Example: "team-pay", Shape: Shape{Type: Text}},
		{Name: "watch", Doc: "A commit concerns the service only if it changes a file that matches one of these patterns, seen from the top of the repository.", Assumed: "everything below path", Example: "[shop/**, lib/**]", Shape: patterns()},
		{Name: "branch", Doc: "Commits of this branch are deployed. Commits of other branches run the stages only.", Default: "main", Shape: Shape{Type: Branch}},
		{
			Name: "queue", Doc: "What happens to commits that arrive while a run is under way. every: each gets its run, in order. newest: a waiting commit gives way to a newer one. batch: as newest, and the release lists the commits it brings along.",
			Default: "newest", Shape: Shape{Enum: []string{string(Every), string(Newest), string(Batch)}},
		},
		{Name: "fail_fast", Doc: "A stage that failed cancels those that still run.", Default: "true", Shape: Shape{Type: Switch}},
		{Name: "test", see: "stages.<name>", Doc: "Short for the stage of this name.", Example: "go test ./...", Shape: stage},
		{Name: "build", see: "stages.<name>", Doc: "Short for the stage of this name. It runs beside test; the package is made when all stages have passed.", Example: "go build -o out/shop .", Shape: stage},
		{Name: "stages", Doc: "The stages of the pipeline by name. Stages that do not need each other run at the same time.", Example: "{lint: {run: go vet ./...}, build: {run: make, needs: lint}}", Shape: Shape{Values: &stage, Names: Name}},
		{
			Name: "package", Doc: "What becomes the artifact: a folder (short form) or an image.", Default: `{folder: "."}`, Example: "out",
			Shape: Shape{Short: "folder", One: []string{"folder", "image"}, Keys: []Key{
				{Name: "folder", Doc: "Folder whose files are packed. `.` packs the checkout together with what the stages put out.", Default: ".", Shape: Shape{Type: Path}},
				{Name: "exclude", Doc: "Patterns of files that are left out, seen from the folder. `.git` never gets in.", Example: "[\"*.test\", tmp/**]", Shape: patterns()},
				{Name: "image", Doc: "A Dockerfile to build with docker, or oci-layout: and a folder in which a stage left an image. The target process unpacks its files and runs the command of run in their folder.", Example: "Dockerfile", Shape: Shape{Type: Text}},
			}},
		},
		{Name: "run", Doc: "How a release runs: a shell command (short form) or a map. The process listens on $HOST:$PORT.", Example: "./shop", Need: true, Shape: runShape(true)},
		{Name: "flags", Doc: "Files with the service's feature flags, seen from path (see [flags](flags-file.md)). They are read at each push of branch.", Assumed: "`davit.flags.yaml`, if it is there", Example: "[flags/checkout.yaml, flags/search.yaml]", Shape: Shape{Items: &Shape{Type: Path}}},
		{
			Name: "needs", Doc: "What a release needs to be there in an environment before it is let in.", Example: "{flags: [new-checkout]}",
			Shape: Shape{Keys: []Key{
				{Name: "flags", Doc: "Feature flags of the service, by key. The release waits until each is there.", Shape: Shape{Items: &Shape{Type: Label}, Least: 1}},
			}},
		},
		{
			Name: "environments", Doc: "Where a release goes, in this order, unless after says otherwise.", Default: "{staging: {}, production: {}}", Example: "{staging: {}, production: {instances: 4}}",
			Shape: Shape{Values: environmentShape(k, false), last: environmentShape(k, true), Names: Name, Least: 1},
		},
	}
}

func patterns() Shape { return Shape{Items: &Shape{Type: Glob}} }

func texts(t Type) Shape { return Shape{Items: &Shape{Type: t}} }

func stageShape() Shape {
	return Shape{Short: "run", Keys: []Key{
		{
			Name: "run", Doc: "A shell command, or a list of them, each with a name if it is written {name, run}. They run one after another in the service's folder until one fails.", Need: true, Example: "[npm ci, npm test]",
			Shape: Shape{Least: 1, Items: &Shape{Short: "run", Keys: []Key{
				{Name: "name", Doc: "Name of the step, for people.", Assumed: "the command's first line", Shape: Shape{Type: Text}},
				{Name: "run", Doc: "A shell command; several lines run with sh -e.", Need: true, Shape: Shape{Type: Command}},
			}}},
		},
		{Name: "needs", Doc: "Stages that must have passed before; their outputs are there.", Example: "[build]", Shape: texts(Name)},
		{
			Name: "when", Doc: "The stage runs only if all that is said here holds; else it is skipped, which counts as passed.", Example: "{paths: [\"**/*.go\"]}",
			Shape: Shape{Keys: []Key{
				{Name: "paths", Doc: "One changed file matches one of these patterns, seen from the service's folder.", Shape: patterns()},
				{Name: "branches", Doc: "The branch matches one of these patterns.", Example: "[main, release/*]", Shape: patterns()},
			}},
		},
		{Name: "env", Doc: "Variables of the stage. Not for secrets.", Example: "{CGO_ENABLED: 0}", Shape: envShape()},
		secretsKey(""),
		{Name: "timeout", Doc: "The most that one attempt may take.", Default: "15m", Shape: Shape{Type: Duration, Min: 1, Max: 24 * 3600}},
		{
			Name: "retry", Doc: "How often the stage is tried (short form), for what fails by chance.", Default: "{}", Example: "2",
			Shape: Shape{Short: "attempts", Keys: []Key{
				{Name: "attempts", Doc: "Attempts in all; 1: no retry.", Default: "1", Shape: Shape{Type: Whole, Min: 1, Max: 10}},
				{Name: "backoff", Doc: "Wait before the second attempt; it doubles with each further one.", Default: "5s", Shape: Shape{Type: Duration, Min: 0, Max: 3600}},
			}},
		},
		{
			Name: "cache", Doc: "Folders kept from run to run: a preset (go, npm, pip, yarn, pnpm; short form), or a path with the files that are its key.", Assumed: "the presets of the tools that the commands begin with; [] for none", Example: "[go, {path: .cache, key: [package.json]}]",
			Shape: Shape{Items: &Shape{Short: "preset", One: []string{"preset", "path"}, Need: true, Keys: []Key{
				{Name: "preset", Doc: "Cache of this tool, with the variables that point the tool to it.", Shape: Shape{Enum: []string{"go", "npm", "pip", "yarn", "pnpm"}}},
				{Name: "path", Doc: "Folder below the service's folder.", Shape: Shape{Type: Path}},
				{Name: "key", Doc: "Patterns of files; if their content changes, the cache begins anew.", Shape: patterns()},
			}}},
		},
		{Name: "outputs", Doc: "Patterns of files that the stage hands to the stages that need it and to the package.", Assumed: "for the stage build: everything in package.folder; else nothing", Example: "[out/**]", Shape: patterns()},
		{
			Name: "reports", Doc: "Test results that become facts: go-json, which reads the output of go test -json, or JUnit files.", Example: "[{junit: report.xml}]",
			Shape: Shape{Items: &Shape{Short: "format", One: []string{"format", "junit"}, Need: true, Keys: []Key{
				{Name: "format", Doc: "go-json: the output of the steps is that of go test -json.", Shape: Shape{Enum: []string{"go-json"}}},
				{Name: "junit", Doc: "Pattern of JUnit XML files.", Shape: Shape{Type: Glob}},
			}}},
		},
	}}
}

func envShape() Shape { return Shape{Values: &Shape{Type: Value}, Names: Variable} }

func secretsKey(see string) Key {
	return Key{
		Name: "secrets", see: see, Doc: "Secrets by name (set with `davit secret set`). The short form gives the process a variable of the same name.", Example: "[DB_PASSWORD, {name: tls-key, file: tls.key}]",
		Shape: Shape{Items: &Shape{Short: "name", One: []string{"env", "file"}, Keys: []Key{
			{Name: "name", Doc: "Name of the secret.", Need: true, Shape: Shape{Type: SecretName}},
			{Name: "env", Doc: "Variable that holds it.", Assumed: "the secret's name", Shape: Shape{Type: Variable}},
			{Name: "file", Doc: "File below $DAVIT_SECRETS that holds it.", Shape: Shape{Type: Path}},
		}}},
	}
}
