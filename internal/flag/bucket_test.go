package flag_test

import (
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/davit-cd/davit/internal/flag"
)

// The check vectors are those of flagd's fractional operator, version 2.
func TestBucketAgreesWithFlagd(t *testing.T) {
	for _, c := range []struct {
		salt, key string
		want      uint32
	}{
		{"new-checkout", "user-1", 4549},
		{"new-checkout", "user-2", 2297},
		{"new-checkout", "jon@company.com", 4931},
		{"", "hello", uint32(uint64(0x248bfa47) * 10_000 >> 32)},
	} {
		if got := flag.Bucket(c.salt, c.key, 10_000); got != c.want {
			t.Errorf("Bucket(%q, %q) = %d, want %d", c.salt, c.key, got, c.want)
		}
	}
	suits := []string{"clubs", "diamonds", "hearts", "spades"}
	want := map[string]string{"jack": "hearts", "queen": "spades", "ten": "clubs", "nine": "diamonds", "3": "clubs"}
	for name, suit := range want {
		if got := suits[flag.Bucket("fractional-flag", name, 100)/25]; got != suit {
			t.Errorf("fractional-flag %s = %s, want %s", name, got, suit)
		}
	}
}

func TestBucketIsEven(t *testing.T) {
	const ids = 1000
	for _, percent := range []float64{1, 5, 10, 25} {
		p := percent / 100
		bound := 3.5 * math.Sqrt(p*(1-p)*ids) // of 120 draws; 3 of one
		for salt := range 30 {
			n := 0
			for id := 1; id <= ids; id++ {
				if flag.Bucket("rollout-"+strconv.Itoa(salt)+"/", strconv.Itoa(id), 10_000) < uint32(percent*100) {
					n++
				}
			}
			if d := math.Abs(float64(n) - p*ids); d > bound {
				t.Errorf("salt %d: %d of %d users at %v %%, off by %v, at most %.1f", salt, n, ids, percent, d, bound)
			}
		}
	}
}

func TestBucketSaltsAreIndependent(t *testing.T) {
	both, first := 0, 0
	for id := range 100_000 {
		key := strconv.Itoa(id)
		if flag.Bucket("shop/1/", key, 10_000) < 1000 {
			first++
			if flag.Bucket("shop/2/", key, 10_000) < 1000 {
				both++
			}
		}
	}
	if share := float64(both) / float64(first); share < 0.085 || share > 0.115 {
		t.Errorf("the 10 %% cohorts of two salts overlap by %.3f, want about 0.10", share)
	}
}

func TestBucketGrowsMonotonically(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		salt, key := rapid.String().Draw(t, "salt"), rapid.String().Draw(t, "key")
		base := rapid.Uint32().Draw(t, "base")
		b := flag.Bucket(salt, key, base)
		if base > 0 && b >= base {
			t.Fatalf("bucket %d outside base %d", b, base)
		}
		if b != flag.Bucket(salt, key, base) {
			t.Fatal("not a function")
		}
	})
}

func TestBucketAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { flag.Bucket("shop/production/17/", "user-123456", 10_000) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func BenchmarkBucket(b *testing.B) {
	for b.Loop() {
		flag.Bucket("shop/production/17/", "user-123456", 10_000)
	}
}
