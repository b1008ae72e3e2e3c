package app_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/app"
	"github.com/davit-cd/davit/internal/lab/dockerd"
)

// TestDockerfile deploys what a Dockerfile makes: docker builds it once, the
// registry keeps it, and production runs the files of that very image. Nothing of
// the build stays in docker.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	daemon := dockerd.Start(t)
	data, err := os.MkdirTemp("", "davit-")
	must(t, err)
	m := newMachineIn(t, data)
	m.start("DOCKER_HOST=" + daemon.Host)
	m.ready()
	self, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(m.repo, "program"), self, 0o755)) //nolint:gosec // it is to be run
	m.write("Dockerfile", "FROM scratch\nCOPY program /bin/program\nCOPY behaviour /behaviour\n")
	m.write("davit.yaml", `service: shop
package: {image: Dockerfile}
run:
  command: [bin/program, service]
  health: {ready: {http: /healthz}}
environments:
  staging: {instances: 1}
  production: {strategy: {rolling: {hold: 0s}}, instances: 1}
`)
	commit := m.ship("first", "")
	run := m.awaitRun(commit)
	if run.Phase != "succeeded" {
		t.Fatalf("%s: %s", run.Phase, run.Why)
	}
	release := get[api.Release](m, "get-release", api.Params{"release": run.Release})
	for _, name := range []string{"staging", "production"} {
		if env := m.environment(name); env.Commit != commit {
			t.Errorf("%s serves %s", name, env.Commit)
		}
	}
	if out, err := daemon.Docker("images", "--quiet"); err != nil || out != "" {
		t.Errorf("left in docker: %s, %v", out, err)
	}
	// Docker gets the very image from the server's registry, with a token.
	ref := fmt.Sprintf("%s/shop@%s", m.listen, release.Artifact)
	if out, err := daemon.Docker("pull", ref); err == nil {
		t.Errorf("pulled without a credential: %s", out)
	}
	token, err := os.ReadFile(filepath.Join(m.data, app.TokenFile))
	must(t, err)
	config := t.TempDir()
	login := daemon.Command("--config", config, "login", "--username", "davit", "--password-stdin", m.listen)
	login.Stdin = bytes.NewReader(token)
	if out, err := login.CombinedOutput(); err != nil {
		t.Fatalf("docker login: %v: %s", err, out)
	}
	if out, err := daemon.Docker("--config", config, "pull", ref); err != nil {
		t.Errorf("docker pull: %v: %s", err, out)
	}
	_, _ = daemon.Docker("rmi", ref)
}
