package rollout_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/rollout"
	"pgregory.net/rapid"
)

func drawSide(t *rapid.T) rollout.Side {
	n := rapid.IntRange(1, 6).Draw(t, "release")
	return rollout.Side{Release: fmt.Sprintf("shop-%d", n), Artifact: davit.Digest(fmt.Sprintf("sha256:%d", n%4)), Config: "sha256:c"}
}

// TestLane holds that a lane has one rollout under way at most, begins them in
// their order, never gives an epoch twice, and never goes back to what is bad.
func TestLane(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lane := rollout.Lane{Service: "shop", Environment: "production"}
		ids := map[string]bool{}
		var waiting []string
		var last uint64
		for range rapid.IntRange(1, 60).Draw(t, "moves") {
			before := clone(lane)
			given := lane
			switch rapid.IntRange(0, 6).Draw(t, "move") {
			case 0, 1:
				next, id, epoch := lane.Admit()
				if epoch != last+1 || ids[id] {
					t.Fatalf("admitted %s at epoch %d after %d", id, epoch, last)
				}
				last, ids[id], waiting = epoch, true, append(waiting, id)
				lane = next
			case 2:
				next, id := lane.Turn()
				switch {
				case id == "" && (lane.Active == "" && len(waiting) > 0 || !reflect.DeepEqual(next, lane)):
					t.Fatalf("nobody's turn in %+v", lane)
				case id != "" && (lane.Active != "" || id != waiting[0] || next.Active != id):
					t.Fatalf("%s's turn in %+v", id, lane)
				case id != "":
					waiting = waiting[1:]
				}
				lane = next
			case 3:
				id := lane.Active
				if n := len(waiting); n > 0 && rapid.Bool().Draw(t, "one that waits") {
					id = waiting[rapid.IntRange(0, n-1).Draw(t, "which")]
					waiting = slices.DeleteFunc(slices.Clone(waiting), func(w string) bool { return w == id })
				}
				lane = lane.Leave(id)
				if lane.Active == id && id != "" || slices.Contains(lane.Waiting, id) {
					t.Fatalf("%s has not left %+v", id, lane)
				}
			case 4, 5:
				side := drawSide(t)
				lane = lane.Settle(side)
				if before.Stable.Release != "" && before.Stable != side && lane.History[0] != before.Stable {
					t.Fatalf("forgot %+v: %+v", before.Stable, lane)
				}
			case 6:
				bad := lane.Stable
				back := lane.LastGood(func(rollout.Side) bool { return false })
				lane = lane.Unsettle(bad, back)
				if slices.Contains(lane.History, bad) || lane.Stable != back {
					t.Fatalf("remembers the bad %+v: %+v", bad, lane)
				}
			}
			if !reflect.DeepEqual(clone(given), before) {
				t.Fatalf("changed the lane it was given: %+v", given)
			}
			holdLane(t, lane, waiting)
		}
	})
}

func holdLane(t *rapid.T, lane rollout.Lane, waiting []string) {
	if !slices.Equal(lane.Waiting, waiting) {
		t.Fatalf("%v wait, want %v", lane.Waiting, waiting)
	}
	if lane.Active != "" && slices.Contains(lane.Waiting, lane.Active) {
		t.Fatalf("%s is under way and waits", lane.Active)
	}
	if len(lane.History) > 20 || slices.Contains(lane.History, lane.Stable) {
		t.Fatalf("history %+v", lane.History)
	}
	rejected := davit.Digest(fmt.Sprintf("sha256:%d", rapid.IntRange(0, 3).Draw(t, "rejected")))
	good := lane.LastGood(func(s rollout.Side) bool { return s.Artifact == rejected })
	if good.Artifact == rejected || good.Same(lane.Stable) {
		t.Fatalf("last good is %+v, stable %+v, rejected %s", good, lane.Stable, rejected)
	}
	for _, h := range lane.History {
		if h == good {
			break
		}
		if h.Artifact != rejected && !h.Same(lane.Stable) {
			t.Fatalf("last good is %+v although %+v is newer", good, h)
		}
	}
}

func clone(l rollout.Lane) rollout.Lane {
	l.History, l.Waiting = slices.Clone(l.History), slices.Clone(l.Waiting)
	return l
}
