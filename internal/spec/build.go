package spec

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/davit-cd/davit"
)

// builder makes services of checked nodes and finds what only shows when
// several keys are seen together.
type builder struct {
	*checker
	warnings Problems
}

func (n *node) str(name string) string {
	if s, ok := n.get(name).val().(string); ok {
		return s
	}
	return ""
}

func (n *node) val() any {
	if n == nil {
		return nil
	}
	return n.value
}

func (n *node) num(name string) int {
	i, _ := n.get(name).val().(int)
	return i
}

func (n *node) float(name string) float64 {
	f, _ := n.get(name).val().(float64)
	return f
}

func (n *node) duration(name string) time.Duration {
	d, _ := n.get(name).val().(time.Duration)
	return d
}

func (n *node) is(name string) bool {
	b, _ := n.get(name).val().(bool)
	return b
}

// strs returns a list of texts; nil if the key is missing.
func (n *node) strs(name string) []string {
	l := n.get(name)
	if l == nil {
		return nil
	}
	out := []string{}
	for _, i := range l.items {
		if s, ok := i.value.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// table returns a map of texts; nil if the key is missing or empty.
func (n *node) table(name string) map[string]string {
	m := n.get(name)
	if m == nil || len(m.entries) == 0 {
		return nil
	}
	out := map[string]string{}
	for _, e := range m.entries {
		out[e.name], _ = e.value.value.(string)
	}
	return out
}

func (b *builder) file(services []entry) File {
	var f File
	for _, e := range services {
		at := "services." + e.name
		if e.value.get("service") != nil {
			at = ""
		}
		f.Services = append(f.Services, b.service(e, at))
	}
	b.hosts(services)
	f.Warnings = b.warnings
	return f
}

func (b *builder) service(e entry, at string) Service {
	n := e.value
	s := Service{
		Name: e.name, Path: n.str("path"), Owner: n.str("owner"), Watch: n.strs("watch"), Branch: n.str("branch"),
		Queue: Queue(n.str("queue")), FailFast: n.is("fail_fast"),
	}
	if s.Path == "" {
		s.Path = "."
		if at != "" {
			s.Path = e.name
		}
	}
	if s.Watch == nil {
		s.Watch = []string{path.Join(s.Path, "**")}
	}
	pack := n.get("package")
	s.Package = Package{Folder: pack.str("folder"), Exclude: pack.strs("exclude"), Image: pack.str("image")}
	b.image(pack, join(at, "package"))
	s.Stages = b.stages(n, s, at)
	s.Run = b.run(Run{}, n.get("run"), join(at, "run"))
	if run := n.get("run"); run != nil && !run.broken && run.get("command") == nil && run.get("static") == nil {
		b.problem(n.where("run"), join(at, "run"), join(at, "run")+": neither command nor static is given", "one of them", "")
	}
	for _, file := range n.strs("flags") {
		s.Flags = append(s.Flags, path.Join(s.Path, file))
	}
	s.NeedsFlags = n.get("needs").strs("flags")
	environments := join(at, "environments")
	if b.shared != nil && n.get("environments") == b.shared {
		environments = "environments"
	}
	s.Environments = b.environments(n.get("environments"), s, environments)
	return s
}

// image holds that an image is a Dockerfile or a layout inside the repository.
func (b *builder) image(pack *node, at string) {
	n := pack.get("image")
	if n == nil {
		return
	}
	if _, err := cleanPath(strings.TrimPrefix(n.text, "oci-layout:")); err != nil {
		b.problem(n.at, join(at, "image"), join(at, "image")+": "+err.Error(), "a Dockerfile, or oci-layout: and a folder", "")
	}
}

// run returns base with what n says put over it.
func (b *builder) run(base Run, n *node, at string) Run {
	r := base
	if c := n.get("command"); c != nil {
		r.Command, r.Shell, r.Static = n.strs("command"), n.str("command"), ""
		if c.form == scalar {
			r.Command = nil
		}
	}
	if n.get("static") != nil {
		r.Command, r.Shell, r.Static = nil, "", n.str("static")
	}
	r.Env, r.Secrets = b.variables(r.Env, r.Secrets, n, true, at)
	if n.get("protocol") != nil {
		r.Protocol = n.str("protocol")
	}
	if h := n.get("health"); h != nil {
		if ready := h.get("ready"); ready != nil {
			r.Ready = b.healthCheck(ready, join(at, "health.ready"))
		}
		if live := h.get("live"); live != nil {
			r.Live = b.healthCheck(live, join(at, "health.live"))
		}
	}
	if n.get("start_within") != nil {
		r.StartWithin = n.duration("start_within")
	}
	if n.get("stop_within") != nil {
		r.StopWithin = n.duration("stop_within")
	}
	if m, ok := n.get("memory").val().(int64); ok {
		r.Memory = m
	}
	if n.get("cpu") != nil {
		r.CPU = number(n.get("cpu"))
	}
	return r
}

func number(n *node) float64 {
	f, _ := n.val().(float64)
	return f
}

func (b *builder) healthCheck(n *node, at string) davit.Check {
	c := davit.Check{
		HTTP: n.str("http"), TCP: n.is("tcp"), Command: n.strs("command"),
		Interval: n.duration("interval"), Timeout: n.duration("timeout"), Failures: n.num("failures"),
	}
	if shell := n.str("command"); shell != "" {
		c.Command = []string{"sh", "-c", shell}
	}
	if t := n.get("tcp"); t != nil && t.value == false {
		b.problem(t.at, join(at, "tcp"), join(at, "tcp")+": false checks nothing", "true, or another check", "")
	}
	return c
}

// variables returns env and secrets with those of n put over them. A variable
// has one source: the later of the two takes it from the earlier. process says
// that they are those of a release, not of a stage.
func (b *builder) variables(env map[string]string, secrets []davit.SecretRef, n *node, process bool, at string) (map[string]string, []davit.SecretRef) {
	own, refs := n.table("env"), b.secrets(n.get("secrets"), join(at, "secrets"))
	if m := n.get("env"); m != nil {
		for _, e := range m.entries {
			b.doubtful(e, process, join(at, "env."+e.name))
			if slices.ContainsFunc(refs, func(r davit.SecretRef) bool { return r.Env == e.name }) {
				b.problem(e.at, join(at, "env."+e.name), fmt.Sprintf("%s is given by env and by secrets", e.name), "one of them", "")
			}
		}
	}
	merged := map[string]string{}
	for k, v := range env {
		if !slices.ContainsFunc(refs, func(r davit.SecretRef) bool { return r.Env == k }) {
			merged[k] = v
		}
	}
	maps.Copy(merged, own)
	var all []davit.SecretRef
	for _, r := range secrets {
		_, replaced := own[r.Env]
		if !replaced && !slices.ContainsFunc(refs, func(o davit.SecretRef) bool { return o.Env == r.Env && o.File == r.File }) {
			all = append(all, r)
		}
	}
	if len(merged) == 0 {
		merged = nil
	}
	return merged, append(all, refs...)
}

func (b *builder) secrets(n *node, at string) []davit.SecretRef {
	if n == nil {
		return nil
	}
	var out []davit.SecretRef
	for i, item := range n.items {
		ref := davit.SecretRef{Name: item.str("name"), Env: item.str("env"), File: item.str("file")}
		if ref.Env == "" && ref.File == "" {
			ref.Env = ref.Name
			if strings.ContainsAny(ref.Name, ".-") {
				b.problem(item.at, fmt.Sprintf("%s[%d]", at, i), fmt.Sprintf("%s[%d]: %q cannot be the name of a variable", at, i, ref.Name), "", "say where it goes: {name: "+ref.Name+", env: "+strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(ref.Name))+"}")
			}
		}
		if slices.ContainsFunc(out, func(o davit.SecretRef) bool { return o.Env == ref.Env && o.File == ref.File }) {
			b.problem(item.at, fmt.Sprintf("%s[%d]", at, i), fmt.Sprintf("%s[%d]: %s is given twice", at, i, ref.Env+ref.File), "", "")
		}
		out = append(out, ref)
	}
	return out
}
