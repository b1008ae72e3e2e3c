package process

// order is what a launcher is told over its standard input: it may hold
// secrets, so it never touches a disk or a command line.
type order struct {
	Attempt   int
	Port      int
	Command   []string
	Dir       string // where the command runs
	Env       []string
	Files     map[string]string // secret files, by name below FilesDir
	FilesDir  string
	Cgroups   []string // files that take the pid
	NeedsFile string   // for a static site: what must be there
}
