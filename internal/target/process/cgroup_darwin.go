package process

// cgroups do not exist on this system.
type cgroups struct{ limits limits }

func newCgroups(_, _ string) *cgroups {
	return &cgroups{limits: limits{Why: "this system has no cgroups; they need Linux"}}
}

func (*cgroups) set(string, bounds) ([]string, error) { return nil, nil }
func (*cgroups) members(string) []int                 { return nil }
func (*cgroups) kill(string)                          {}
func (*cgroups) outOfMemory(string) int               { return 0 }
func (*cgroups) drop(string)                          {}
func (*cgroups) close()                               {}
