package process

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// cpuPeriod is the span over which a share of the CPUs is counted, in µs.
const cpuPeriod = 100_000

// cgroups makes control groups below one folder of ours in each hierarchy:
// version 2 where its controllers are at hand, else version 1.
type cgroups struct {
	v2     string            // our folder; empty: version 1
	v1     map[string]string // controller to our folder
	limits limits
}

// newCgroups finds out what this machine and this user have.
func newCgroups(root, data string) *cgroups {
	own := filepath.Join("davit", shortHash(data))
	c := &cgroups{v1: map[string]string{}}
	if b, err := os.ReadFile(filepath.Join(root, "cgroup.controllers")); err == nil {
		c.openV2(root, own, strings.Fields(string(b)))
		return c
	}
	for _, name := range []string{"memory", "cpu", "pids"} {
		dir := filepath.Join(root, name, own)
		if _, err := os.Stat(filepath.Join(root, name, "cgroup.procs")); err != nil {
			c.limits.Why = "this system has no cgroups that Davit can write"
		} else if err := os.MkdirAll(dir, 0o755); err != nil {
			c.limits.Why = "cgroups are not writable for this user"
		} else {
			c.v1[name] = dir
		}
	}
	c.limits.Memory, c.limits.CPU, c.limits.Pids = c.v1["memory"] != "", c.v1["cpu"] != "", c.v1["pids"] != ""
	return c
}

// openV2 makes our folder below the root, or below the group that was delegated
// to this user, and hands the controllers down to it.
func (c *cgroups) openV2(root, own string, controllers []string) {
	c.limits.Why = "cgroups are not delegated to this user"
	base := root
	if unix.Access(filepath.Join(root, "cgroup.subtree_control"), unix.W_OK) != nil {
		b, err := os.ReadFile("/proc/self/cgroup")
		path, ok := strings.CutPrefix(strings.TrimSpace(string(b)), "0::/")
		if err != nil || !ok {
			return
		}
		base = filepath.Join(root, filepath.Dir(path)) // the server's own group may not have children with limits
		if b, err := os.ReadFile(filepath.Join(base, "cgroup.controllers")); err == nil {
			controllers = strings.Fields(string(b))
		}
	}
	dir := base
	for part := range strings.SplitSeq(own, "/") {
		for _, name := range controllers {
			if slices.Contains([]string{"memory", "cpu", "pids"}, name) {
				_ = os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+name), 0o644)
			}
		}
		dir = filepath.Join(dir, part)
		if err := os.Mkdir(dir, 0o755); err != nil && !os.IsExist(err) {
			return
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return
	}
	at := strings.Fields(string(b))
	for _, name := range at {
		_ = os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+name), 0o644)
	}
	c.v2 = dir
	c.limits.Memory, c.limits.CPU, c.limits.Pids = slices.Contains(at, "memory"), slices.Contains(at, "cpu"), slices.Contains(at, "pids")
}

// set makes the group of an instance with its bounds and returns the files that
// take the pid of its process.
func (c *cgroups) set(id string, b bounds) ([]string, error) {
	var files []string
	for _, dir := range c.dirs(id) {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("set the limits: %w", err)
		}
		files = append(files, filepath.Join(dir, "cgroup.procs"))
	}
	for _, w := range c.writes(id, b) {
		if err := os.WriteFile(w.file, []byte(w.value), 0o644); err != nil && !w.may {
			return nil, fmt.Errorf("set the limits: %w", err)
		}
	}
	return files, nil
}

// write is one value for one file; may says that it may fail.
type write struct {
	file, value string
	may         bool
}

func (c *cgroups) writes(id string, b bounds) []write {
	var all []write
	if c.v2 != "" {
		dir := filepath.Join(c.v2, id)
		if c.limits.Memory {
			all = append(all, write{file: filepath.Join(dir, "memory.max"), value: number(b.memory, "max")},
				write{file: filepath.Join(dir, "memory.swap.max"), value: swap(b.memory), may: true})
		}
		if c.limits.CPU {
			all = append(all, write{file: filepath.Join(dir, "cpu.max"), value: fmt.Sprintf("%s %d", number(int64(b.cpu*cpuPeriod), "max"), cpuPeriod)})
		}
		if c.limits.Pids {
			all = append(all, write{file: filepath.Join(dir, "pids.max"), value: number(int64(b.pids), "max")})
		}
		return all
	}
	if dir := c.v1["memory"]; dir != "" {
		dir = filepath.Join(dir, id)
		// The sum with swap may never be below the memory alone: lift it first.
		all = append(all, write{file: filepath.Join(dir, "memory.memsw.limit_in_bytes"), value: "-1", may: true},
			write{file: filepath.Join(dir, "memory.limit_in_bytes"), value: number(b.memory, "-1")},
			write{file: filepath.Join(dir, "memory.memsw.limit_in_bytes"), value: number(b.memory, "-1"), may: true})
	}
	if dir := c.v1["cpu"]; dir != "" {
		dir = filepath.Join(dir, id)
		all = append(all, write{file: filepath.Join(dir, "cpu.cfs_period_us"), value: strconv.Itoa(cpuPeriod)},
			write{file: filepath.Join(dir, "cpu.cfs_quota_us"), value: number(int64(b.cpu*cpuPeriod), "-1")})
	}
	if dir := c.v1["pids"]; dir != "" {
		all = append(all, write{file: filepath.Join(dir, id, "pids.max"), value: number(int64(b.pids), "max")})
	}
	return all
}

// members returns the processes in the group of an instance.
func (c *cgroups) members(id string) []int {
	var pids []int
	for _, dir := range c.dirs(id) {
		b, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
		if err != nil {
			continue
		}
		for f := range strings.FieldsSeq(string(b)) {
			if pid, err := strconv.Atoi(f); err == nil && pid > 0 && !slices.Contains(pids, pid) {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// kill kills every process in the group of an instance, at once where the
// kernel can; else a process that forks in between is met the next time.
func (c *cgroups) kill(id string) {
	if c.v2 != "" && os.WriteFile(filepath.Join(c.v2, id, "cgroup.kill"), []byte("1"), 0o644) == nil {
		return
	}
	for _, pid := range c.members(id) {
		_ = unix.Kill(pid, unix.SIGKILL)
	}
}

// outOfMemory reports how often the kernel killed in the group of an instance.
func (c *cgroups) outOfMemory(id string) int {
	path := filepath.Join(c.v1["memory"], id, "memory.oom_control")
	if c.v2 != "" {
		path = filepath.Join(c.v2, id, "memory.events")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(b) {
		if n, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("oom_kill ")); ok {
			v, _ := strconv.Atoi(string(n))
			return v
		}
	}
	return 0
}

// drop removes the group of an instance; nothing runs in it any more.
func (c *cgroups) drop(id string) {
	for _, dir := range c.dirs(id) {
		_ = os.Remove(dir)
	}
}

// close removes our folders if no instance has a group in them.
func (c *cgroups) close() {
	for _, dir := range c.dirs("") {
		_ = os.Remove(dir)
	}
}

func (c *cgroups) dirs(id string) []string {
	if c.v2 != "" {
		return []string{filepath.Join(c.v2, id)}
	}
	var all []string
	for _, name := range []string{"pids", "cpu", "memory"} {
		if dir := c.v1[name]; dir != "" {
			all = append(all, filepath.Join(dir, id))
		}
	}
	return all
}

// number writes n, or none for no limit.
func number(n int64, none string) string {
	if n <= 0 {
		return none
	}
	return strconv.FormatInt(n, 10)
}

// swap allows none where memory is bounded: a limit that swaps is no limit.
func swap(memory int64) string {
	if memory <= 0 {
		return "max"
	}
	return "0"
}
