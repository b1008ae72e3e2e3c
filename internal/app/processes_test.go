package app_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/davit-cd/davit/internal/api"
)

// process is a living process that belongs to a data folder.
type process struct {
	pid      int
	command  string
	instance string // DAVIT_INSTANCE
}

func (p process) String() string { return fmt.Sprintf("%d %s %s", p.pid, p.instance, p.command) }

// processes lists what belongs to the machine: whatever names its data folder
// in its arguments, environment or working folder. The test itself does not.
func (m *machine) processes() []process {
	entries, _ := os.ReadDir("/proc")
	var found []process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		dir := filepath.Join("/proc", e.Name())
		args, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		if len(args) == 0 {
			continue // a zombie or a thread of the kernel
		}
		env, _ := os.ReadFile(filepath.Join(dir, "environ"))
		cwd, _ := os.Readlink(filepath.Join(dir, "cwd"))
		// The space keeps /tmp/davit-1 from being seen in /tmp/davit-12.
		all := string(args) + "\x00" + string(env) + "\x00" + cwd + "\x00"
		if !strings.Contains(all, m.data+"/") && !strings.Contains(all, m.data+"\x00") {
			continue
		}
		p := process{pid: pid, command: string(bytes.ReplaceAll(bytes.TrimRight(args, "\x00"), []byte{0}, []byte(" ")))}
		for v := range strings.SplitSeq(string(env), "\x00") {
			if id, ok := strings.CutPrefix(v, "DAVIT_INSTANCE="); ok {
				p.instance = id
			}
		}
		found = append(found, p)
	}
	return found
}

// onlyWanted waits until nothing runs but the server, the router and exactly
// the instances of the stable releases.
func (m *machine) onlyWanted(want map[string]int) {
	m.t.Helper()
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		m.t.Logf("processes are not counted: this system has no /proc")
		return
	}
	await(m.t, soon, "only what is wanted to run", func() (bool, string) {
		var ids []string
		for env, n := range want {
			list := get[api.Page[api.Instance]](m, "list-instances", api.Params{"service": "shop", "environment": env}).Items
			stable := m.environment(env).Release
			for _, i := range list {
				if i.State != "ready" || i.Release != stable {
					return false, fmt.Sprintf("%s of %s is %s: %s", i.ID, i.Release, i.State, i.Reason)
				}
				ids = append(ids, i.ID)
			}
			if len(list) != n {
				return false, fmt.Sprintf("%d instances in %s, not %d", len(list), env, n)
			}
		}
		var run []string
		for _, p := range m.processes() {
			switch {
			case p.pid == m.server.Process.Pid, strings.Contains(p.command, " router --data "):
			case p.instance != "":
				run = append(run, p.instance)
			default:
				return false, "an orphan: " + p.String()
			}
		}
		slices.Sort(ids)
		slices.Sort(run)
		return slices.Equal(ids, run), fmt.Sprintf("the server knows %v, there run %v", ids, run)
	})
}
