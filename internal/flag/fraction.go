package flag

import (
	"math"

	"github.com/twmb/murmur3"
)

// fraction is the operator fractional: it deals the keys out to variants in
// proportion to their weights.
//
// Version 2: bucket = murmur3-x86-32(key) · Σweights / 2^32, key being a text.
// Version 3 hashes the deterministic CBOR of key, which may be of any form but
// null and array. Without a key it is the flag's key and the targeting key:
// one behind the other in version 2, an array of the two in version 3.
type fraction struct {
	written []node // all arguments, for those who explain
	by      node   // nil: without a key
	shares  []share
	version int
	fixed   bool // all weights and variants are literals
	total   uint64
}

// share is one variant's.
type share struct {
	variant node
	weight  node   // nil: 1
	whole   node   // an expression for both; then the others are nil
	part    uint64 // its weight if the fraction is fixed
}

func (n *fraction) name() string { return "fractional" }
func (n *fraction) args() []node { return n.written }

func (n *fraction) eval(e *eval) val {
	h, ok := n.hash(e)
	if !ok {
		return val{}
	}
	if n.fixed {
		if n.total == 0 {
			return val{}
		}
		bucket := uint64(h) * n.total >> 32
		for i := range n.shares {
			part := n.shares[i].part
			if bucket < part {
				return n.shares[i].variant.eval(e)
			}
			bucket -= part
		}
		return val{}
	}
	return n.deal(e, h)
}

// hash is the hash of the key; false if there is no key.
func (n *fraction) hash(e *eval) (uint32, bool) {
	var key val
	if n.by != nil {
		key = n.by.eval(e)
	}
	from := len(e.buf)
	switch {
	case key.form == isNull:
		who := e.c.key
		if e.inner {
			who = e.data.child(TargetingKey)
		}
		if who.form != isText || who.str == "" {
			return 0, false
		}
		if n.version == 3 {
			e.buf = append(e.buf, 0x82) // an array of two
			e.buf = appendCBORText(e.buf, e.flagKey())
			e.buf = appendCBORText(e.buf, who.str)
		} else {
			e.buf = append(append(e.buf, e.flagKey()...), who.str...)
		}
	case n.version == 3:
		if key.form == isArray {
			return 0, false
		}
		e.buf = appendCBOR(e.buf, key)
		if len(e.buf)-from > 2*longestText {
			return 0, false
		}
	case key.form == isText:
		e.buf = append(e.buf, key.str...)
	default:
		return 0, false
	}
	h := murmur3.Sum32(e.buf[from:])
	e.buf = e.buf[:from]
	return h, true
}

// deal finds the share of hash h where weights or variants are computed.
func (n *fraction) deal(e *eval, h uint32) val {
	var roomV [8]val
	var roomW [8]uint64
	variants, weights := roomV[:0], roomW[:0]
	total := uint64(0)
	for i := range n.shares {
		v, w, ok := n.shares[i].get(e)
		if !ok || w > math.MaxInt32 || v.form >= isArray {
			return val{}
		}
		variants, weights = append(variants, v), append(weights, w)
		total += w
	}
	if total == 0 || total > math.MaxInt32 {
		return val{}
	}
	bucket := uint64(h) * total >> 32
	for i, w := range weights {
		if bucket < w {
			return variants[i]
		}
		bucket -= w
	}
	return val{}
}

// get is the share's variant and weight.
func (s *share) get(e *eval) (val, uint64, bool) {
	var v, weight val
	if s.whole != nil {
		both := s.whole.eval(e)
		if both.form != isArray || len(both.list.vals) == 0 {
			return val{}, 0, false
		}
		v = both.list.vals[0]
		if len(both.list.vals) > 1 {
			weight = both.list.vals[1]
		}
	} else {
		v = s.variant.eval(e)
		if s.weight != nil {
			weight = s.weight.eval(e)
		}
	}
	w, ok := weightOf(weight)
	return v, w, ok
}

// weightOf is a weight: nothing is 1, less than nothing is 0, a fraction of
// one is wrong.
func weightOf(v val) (uint64, bool) {
	switch {
	case v.form == isNull:
		return 1, true
	case v.form != isNumber || v.num != math.Trunc(v.num) || math.Abs(v.num) >= 1<<63:
		return 0, false
	case v.num < 0:
		return 0, true
	}
	return uint64(v.num), true
}

// settle computes what can be known beforehand.
func (n *fraction) settle() {
	n.fixed = true
	for i := range n.shares {
		s := &n.shares[i]
		if s.whole != nil {
			n.fixed = false
			return
		}
		v, known := s.variant.(*literal)
		w, weighed := s.weight.(*literal)
		if !known || s.weight != nil && !weighed {
			n.fixed = false
			return
		}
		var weight val
		if s.weight != nil {
			weight = w.v
		}
		part, ok := weightOf(weight)
		if !ok || part > math.MaxInt32 || v.v.form >= isArray {
			n.shares, n.total = nil, 0 // it fails whoever asks
			return
		}
		s.part = part
		n.total += part
	}
	if n.total > math.MaxInt32 {
		n.total = 0
	}
}
