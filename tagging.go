package davit

import "strings"

// Tagging says which flags the router is to tell exposed requests of one
// service in one environment by. The router refuses an epoch lower than the
// highest it has seen for that service and environment. It moves no request:
// it only counts them apart.
type Tagging struct {
	Service     string
	Environment string
	Epoch       uint64 // grows with every change
	Tags        []Tag  // at most MostTags; none: count nothing apart
}

// MostTags is how many flags of one service in one environment may be told
// apart at a time.
const MostTags = 8

// Tag is one flag: the users whose bucket of Salt is below Share are exposed to
// it. The user is who the service's sticky header or cookie names; where neither
// is configured, the router's own cookie.
type Tag struct {
	Flag  string
	Salt  string
	Share Weight
}

// armPrefix begins the marks of requests told apart by a flag.
const armPrefix = "flag/"

// ArmMark marks samples of the live requests whose user is exposed to a flag,
// or is not. They are counted in the sample of live traffic, too: a share of
// it, not an addition.
func ArmMark(flag string, exposed bool) Mark {
	if exposed {
		return Mark(armPrefix + flag + "/on")
	}
	return Mark(armPrefix + flag + "/off")
}

// Arm returns what ArmMark was given; ok is false for any other mark.
func (m Mark) Arm() (flag string, exposed, ok bool) {
	rest, ok := strings.CutPrefix(string(m), armPrefix)
	if !ok {
		return "", false, false
	}
	if flag, ok = strings.CutSuffix(rest, "/on"); ok {
		return flag, true, true
	}
	flag, ok = strings.CutSuffix(rest, "/off")
	return flag, false, ok
}
