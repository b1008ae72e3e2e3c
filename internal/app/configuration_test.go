package app_test

import (
	"strings"
	"testing"

	"github.com/davit-cd/davit/internal/api"
)

// TestConfigurationTakenBack changes nothing but the configuration of production,
// for the worse. The artifact is that of the version which serves, so it must not
// be the artifact that is kept away: what serves could never be mended or gone
// back to.
func TestConfigurationTakenBack(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	push := func(subject, more string) api.Run {
		t.Helper()
		m.configure("rolling: {hold: 0s}", more)
		commit := m.commit(subject)
		if out, err := m.tryPush(); err != nil {
			t.Fatalf("push: %v: %s", err, out)
		}
		return m.awaitRun(commit)
	}
	m.write("behaviour", "")
	first := push("first", "")
	bad := push("a configuration that cannot start", "    run: {command: [sh, -c, exit 1]}\n")
	if first.Phase != "succeeded" || bad.Phase != "failed" {
		t.Fatalf("%s, then %s: %s", first.Phase, bad.Phase, bad.Why)
	}
	one, other := get[api.Release](m, "get-release", api.Params{"release": first.Release}), get[api.Release](m, "get-release", api.Params{"release": bad.Release})
	if one.Artifact != other.Artifact {
		t.Fatalf("the artifacts are %s and %s", one.Artifact, other.Artifact)
	}
	if one.Quarantined || !other.Quarantined || other.Quarantine == other.Artifact {
		t.Errorf("quarantined: %t, and %t by %s", one.Quarantined, other.Quarantined, other.Quarantine)
	}

	// It does not come back, by nobody's hand.
	out, code := m.davitCommand("promote", bad.Release, "--env", "production")
	if code != api.ExitRefused || !strings.Contains(out, "with this configuration") {
		t.Errorf("promote: exit %d: %s", code, out)
	}
	if again := push("the same configuration once more", "    run: {command: [sh, -c, exit 1]}\n"); again.Phase != "failed" || !strings.Contains(again.Why, "quarantine") {
		t.Errorf("pushed again it %s: %s", again.Phase, again.Why)
	}

	// Mended, it goes on; and a person may go back from there.
	mended := push("mended", "    run: {env: {COLOUR: green}}\n")
	if mended.Phase != "succeeded" {
		t.Fatalf("mended it %s: %s", mended.Phase, mended.Why)
	}
	m.quiet()
	if out, code := m.davitCommand("rollback", "shop", "--env", "production", "--reason", "green is ugly"); code != 0 {
		t.Fatalf("rollback: exit %d: %s", code, out)
	}
	m.quiet()
	if env := m.environment("production"); env.Commit != first.Commit {
		t.Errorf("production serves %s, not %s", env.Commit, first.Commit)
	}
	if r := get[api.Release](m, "get-release", api.Params{"release": mended.Release}); !r.Quarantined {
		t.Error("what was taken back by a person is not quarantined")
	}

	// Lifted by the release's name, the bad one may try again.
	if out, code := m.davitCommand("lift", bad.Release, "--reason", "the shell was at fault"); code != 0 {
		t.Fatalf("lift: exit %d: %s", code, out)
	}
	if r := get[api.Release](m, "get-release", api.Params{"release": bad.Release}); r.Quarantined {
		t.Error("it is still quarantined")
	}
}
