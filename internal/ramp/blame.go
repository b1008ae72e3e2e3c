package ramp

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Cell counts the requests of one release in one arm of a flag.
type Cell struct {
	Release  string
	Exposed  bool
	Requests uint64
	Errors   uint64
}

// Blame says which change the errors came with: the flag, a release, or the two
// together.
type Blame struct {
	Cause    Cause
	Removes  float64 // the share of all errors that turning the flag off would remove, 0 … 1
	Sentence string  // for people; empty where nothing is to be said
}

// Cause is what is blamed.
type Cause string

// The causes.
const (
	ByFlag    Cause = "flag"    // the exposed are worse, on every release alike
	ByRelease Cause = "release" // a release is worse, exposed or not
	ByBoth    Cause = "both"    // the exposed are worse on one release only: the two do not go together
	ByNothing Cause = ""        // the counts tell no difference
)

// blameZ is how many standard deviations apart two rates must be. Blame is no
// verdict: the judge has given that already; it only points.
const blameZ = 4

// Accuse reads the table of releases and arms of one flag. Users are put into
// arms and versions by independent hashes, so within a release the arms differ
// by the flag alone, and within an arm the releases differ by the code alone.
func Accuse(flag string, cells []Cell) Blame {
	releases := map[string]*[2]Cell{}
	var names []string
	var errors, removed float64
	for _, c := range cells {
		r := releases[c.Release]
		if r == nil {
			r = &[2]Cell{}
			releases[c.Release] = r
			names = append(names, c.Release)
		}
		i := 0
		if c.Exposed {
			i = 1
		}
		r[i].Requests += c.Requests
		r[i].Errors += c.Errors
		errors += float64(c.Errors)
	}
	slices.Sort(names)
	var byFlag []string
	var off [2]Cell // of the releases with the least and most errors without the flag
	for i, name := range names {
		r := releases[name]
		if z(r[1], r[0]) > blameZ {
			byFlag = append(byFlag, name)
			removed += float64(r[1].Errors) - float64(r[1].Requests)*rate(r[0])
		}
		if i == 0 || rate(r[0]) < rate(off[0]) {
			off[0] = r[0]
		}
		if i == 0 || rate(r[0]) > rate(off[1]) {
			off[1] = r[0]
			off[1].Release = name
		}
	}
	b := Blame{}
	if errors > 0 {
		b.Removes = min(max(removed/errors, 0), 1)
	}
	saves := fmt.Sprintf("turning off `%s` removes %s of the errors", flag, hundredths(b.Removes))
	switch {
	case len(byFlag) > 0 && len(byFlag) < len(names):
		b.Cause = ByBoth
		b.Sentence = fmt.Sprintf("the errors come with `%s` on %s and not elsewhere: %s", flag, strings.Join(byFlag, ", "), saves)
	case len(byFlag) > 0:
		b.Cause = ByFlag
		b.Sentence = saves
		if len(names) > 1 {
			b.Sentence = fmt.Sprintf("the errors come with `%s` on every release alike: %s", flag, saves)
		}
	case len(names) > 1 && z(off[1], off[0]) > blameZ:
		b.Cause = ByRelease
		b.Sentence = fmt.Sprintf("the errors come with %s, whether or not a user has `%s`: the flag is not to blame", off[1].Release, flag)
	}
	return b
}

func rate(c Cell) float64 { return float64(c.Errors) / float64(max(c.Requests, 1)) }

// z is by how many standard deviations the rate of a exceeds that of b.
func z(a, b Cell) float64 {
	n, m := float64(a.Requests), float64(b.Requests)
	if n == 0 || m == 0 {
		return 0
	}
	p := (float64(a.Errors) + float64(b.Errors)) / (n + m)
	if p == 0 || p == 1 {
		return 0
	}
	return (rate(a) - rate(b)) / math.Sqrt(p*(1-p)*(1/n+1/m))
}

func hundredths(x float64) string { return fmt.Sprintf("%.0f %%", 100*x) }
