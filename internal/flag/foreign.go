package flag

import (
	"cmp"
	"math"
	"slices"

	"github.com/twmb/murmur3"
)

// hashing names another system's way of dealing keys out to variants.
type hashing string

// The ways. Of growthbook's, a share is [variant, from, to], 0 ≤ from ≤ to ≤ 1;
// of the others [variant, weight], in parts of what is named.
const (
	hashMurmurV2       hashing = "murmur3-v2"      // the sum of weights; a fractional over salt and key
	hashMurmurV3       hashing = "murmur3-v3"      // the same, over the CBOR array of the two
	hashUnleash        hashing = "unleash"         // a hundred; beyond the sum nobody is in
	hashUnleashVariant hashing = "unleash-variant" // the sum of weights
	hashGrowthBookV1   hashing = "growthbook-v1"
	hashGrowthBookV2   hashing = "growthbook-v2"
	hashGOFF           hashing = "goff-fnv"        // a hundred; the variants are literals
	hashFlipt          hashing = "flipt-crc32"     // a thousand
	hashFliptThreshold hashing = "flipt-threshold" // a hundred
	hashLaunchDarkly   hashing = "ld-sha1"         // a hundred thousand; the last has the rest
)

func hashings() []string {
	return []string{
		string(hashMurmurV2), string(hashMurmurV3), string(hashUnleash), string(hashUnleashVariant), string(hashGrowthBookV1),
		string(hashGrowthBookV2), string(hashGOFF), string(hashFlipt), string(hashFliptThreshold), string(hashLaunchDarkly),
	}
}

// bucket is the operator davit.bucket: [hash, salt, key, share …]. It deals
// keys out as another system does, so that whoever moves to Davit keeps what
// every user had. Without a key it gives null.
type bucket struct {
	written []node
	hash    hashing
	salt    string
	key     node
	shares  []foreignShare
	total   float64
}

type foreignShare struct {
	variant  node
	from, to float64 // in parts of the hashing's whole
}

func (n *bucket) name() string { return "davit.bucket" }
func (n *bucket) args() []node { return n.written }

func (n *bucket) eval(e *eval) val {
	at, ok := n.place(e)
	if !ok {
		return val{}
	}
	for i := range n.shares {
		if s := &n.shares[i]; at >= s.from && at < s.to {
			return s.variant.eval(e)
		}
	}
	if n.hash == hashLaunchDarkly && len(n.shares) > 0 {
		return n.shares[len(n.shares)-1].variant.eval(e)
	}
	return val{}
}

// place is where the key falls, in parts of the whole; false if there is none.
func (n *bucket) place(e *eval) (float64, bool) {
	v := n.key.eval(e)
	if v.form == isNull || v.form >= isArray {
		return 0, false
	}
	key := e.text(v)
	if key == "" {
		return 0, false
	}
	total := uint32(n.total)
	switch n.hash {
	case hashMurmurV2:
		return float64(Bucket(n.salt, key, total)), true
	case hashMurmurV3:
		from := len(e.buf)
		e.buf = appendCBORText(appendCBORText(append(e.buf, 0x82), n.salt), key)
		h := murmur3.Sum32(e.buf[from:])
		e.buf = e.buf[:from]
		return float64(uint64(h) * uint64(total) >> 32), true
	case hashUnleash:
		return float64(UnleashBucket(n.salt, key) - 1), true
	case hashUnleashVariant:
		return float64(UnleashVariant(n.salt, key, total)) - 1, total > 0
	case hashGrowthBookV1:
		return GrowthBookV1(n.salt, key), true
	case hashGrowthBookV2:
		return GrowthBookV2(n.salt, key), true
	case hashGOFF:
		return float64(GOFeatureFlagSlot(n.salt, key, uint32(n.total*1000))) / 1000, n.total > 0
	case hashFlipt:
		return float64(FliptVariant(n.salt, key)), true
	case hashFliptThreshold:
		return float64(FliptThreshold(n.salt, key)), true
	case hashLaunchDarkly:
		return float64(LaunchDarklyBucket(n.salt, key)), true
	}
	return 0, false
}

// detail is for those who explain.
func (n *bucket) detail(e *eval) string {
	at, ok := n.place(e)
	if !ok {
		return "there is no key to hash"
	}
	return string(n.hash) + " puts the key at " + string(appendNumber(nil, at)) + n.of()
}

// of says how large the whole is.
func (n *bucket) of() string {
	switch n.hash {
	case hashUnleash, hashFliptThreshold:
		return " of 100"
	case hashFlipt:
		return " of 1000"
	case hashGrowthBookV1, hashGrowthBookV2, hashLaunchDarkly:
		return " of 1"
	}
	return " of " + string(appendNumber(nil, n.total))
}

// bucket compiles davit.bucket.
func (c *compiler) bucket(arg *tree, list []tree, inner bool) compiled {
	n := &bucket{}
	out := compiled{node: n, cost: 1, foreign: true}
	broken := func(t *tree, text, hint string) compiled {
		c.fail(t.pos, text, hint)
		return compiled{node: &literal{}, cost: 1, foreign: true, broken: text}
	}
	if len(list) < 4 {
		return broken(arg, "davit.bucket takes [hash, salt, key, share …]", "")
	}
	if n.hash = hashing(list[0].str); list[0].form != isText || !slices.Contains(hashings(), list[0].str) {
		return broken(&list[0], "there is no hash "+quote(list[0].str), c.nearest(list[0].str, hashings()))
	}
	if n.salt = list[1].str; list[1].form != isText {
		return broken(&list[1], "a salt is a text, not "+list[1].form.String(), "")
	}
	for i := range list {
		c.item(i)
		n.written = append(n.written, out.take(c.rule(&list[i], inner)))
		c.leave()
	}
	n.key = n.written[2]
	for i := range list[3:] {
		t := &list[3+i]
		s, text := c.foreignShare(n.hash, t, n.written[3+i])
		if text != "" {
			return broken(t, text, "")
		}
		n.shares = append(n.shares, s)
	}
	n.settle()
	return out
}

// foreignShare reads [variant, weight], or [variant, from, to] of GrowthBook.
func (c *compiler) foreignShare(h hashing, t *tree, n node) (s foreignShare, trouble string) {
	want := 2
	if h == hashGrowthBookV1 || h == hashGrowthBookV2 {
		want = 3
	}
	if t.form != isArray || len(t.items) != want {
		return s, "a share of " + string(h) + " is an array of " + itoa(want)
	}
	switch n := n.(type) {
	case *arrayNode:
		s.variant = n.items[0]
	case *literal:
		s.variant = &literal{v: n.v.list.vals[0]}
	}
	for _, item := range t.items[1:] {
		if item.form != isNumber || item.num < 0 || item.num > math.MaxInt32 {
			return s, "a weight is a number from 0 to 2147483647"
		}
	}
	if want == 3 {
		s.from = t.items[1].num
	}
	s.to = t.items[want-1].num
	return s, ""
}

// settle lays the shares out.
func (n *bucket) settle() {
	switch n.hash {
	case hashGrowthBookV1, hashGrowthBookV2:
		return
	case hashGOFF: // in reverse alphabetical order
		slices.SortStableFunc(n.shares, func(a, b foreignShare) int { return cmp.Compare(variantText(b.variant), variantText(a.variant)) })
		sum := 0.0 // in its own arithmetic: slots, of which a broken one counts for nothing
		for i := range n.shares {
			percent, from := n.shares[i].to, math.Trunc(sum)
			n.total += percent
			sum += percent * 1000
			n.shares[i].from, n.shares[i].to = from/1000, math.Trunc(sum)/1000
		}
		return
	case hashLaunchDarkly: // in its own arithmetic
		sum := float32(0)
		for i := range n.shares {
			from := sum
			sum += float32(n.shares[i].to) / 100000
			n.shares[i].from, n.shares[i].to = float64(from), float64(sum)
		}
		return
	}
	for i := range n.shares {
		weight := n.shares[i].to
		n.shares[i].from, n.shares[i].to = n.total, n.total+weight
		n.total += weight
	}
}

// variantText is a literal's text.
func variantText(n node) string {
	if l, ok := n.(*literal); ok {
		return string(appendText(nil, l.v))
	}
	return ""
}
