package app

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/davit-cd/davit/internal/api"
)

// TestTrustedReachesTheWorker holds that whom the router trusts is told to every
// process of it, and that a worker that trusts others is replaced.
func TestTrustedReachesTheWorker(t *testing.T) {
	t.Parallel()
	v := api.Version{Version: "1.2.3", Commit: "abc"}
	none := RouterOptions("/data", "127.0.0.1:7480", "davit", v, nil)
	some := RouterOptions("/data", "127.0.0.1:7480", "davit", v, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})
	if len(none.Trusted) != 0 || slices.Contains(none.WorkerArgs, "--trusted") || none.Version != "1.2.3 abc" {
		t.Errorf("nobody is trusted: %+v", none)
	}
	for _, args := range [][]string{some.HolderArgs, some.WorkerArgs} {
		if i := slices.Index(args, "--trusted"); i < 0 || args[i+1] != "10.0.0.0/8" {
			t.Errorf("arguments %q", args)
		}
	}
	if len(some.Trusted) != 1 || some.Version == none.Version {
		t.Errorf("the worker stays as it is: %q", some.Version)
	}
}
