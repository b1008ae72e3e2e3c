package flag

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"strings"
)

// CBOR's major types (RFC 8949 §3.1).
const (
	cborUnsigned = 0 << 5
	cborNegative = 1 << 5
	cborText     = 3 << 5
	cborArray    = 4 << 5
	cborMap      = 5 << 5
	cborFalse    = 0xf4
	cborTrue     = 0xf5
	cborNull     = 0xf6
	cborHalf     = 0xf9
	cborSingle   = 0xfa
	cborDouble   = 0xfb
)

// appendCBOR appends v in CBOR's deterministic encoding (RFC 8949 §4.2.1): the
// shortest heads, members sorted by their encoded names. A number without a
// fraction is an integer if 64 bits hold it, else the shortest float that is exact.
func appendCBOR(b []byte, v val) []byte {
	if len(b) > 2*longestText { // no more is hashed
		return b
	}
	switch v.form {
	case isBool:
		if v.num != 0 {
			return append(b, cborTrue)
		}
		return append(b, cborFalse)
	case isNumber:
		return appendCBORNumber(b, v)
	case isText:
		return appendCBORText(b, v.str)
	case isArray:
		b = appendCBORHead(b, cborArray, uint64(len(v.list.vals)))
		for _, item := range v.list.vals {
			b = appendCBOR(b, item)
		}
		return b
	case isObject:
		return appendCBORMap(b, v.list)
	}
	return append(b, cborNull)
}

func appendCBORHead(b []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n <= math.MaxUint8:
		return append(b, major|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, major|27), n)
}

func appendCBORText(b []byte, s string) []byte {
	return append(appendCBORHead(b, cborText, uint64(len(s))), s...)
}

func appendCBORNumber(b []byte, v val) []byte {
	if v.str != "" { // digits beyond 2^53
		if n, err := strconv.ParseUint(v.str, 10, 64); err == nil {
			return appendCBORHead(b, cborUnsigned, n)
		}
		if n, err := strconv.ParseInt(v.str, 10, 64); err == nil {
			return appendCBORHead(b, cborNegative, uint64(-1-n))
		}
	}
	switch n := v.num; {
	case n != math.Trunc(n): // a fraction, or no number
	case n >= 0 && n < 1<<64:
		return appendCBORHead(b, cborUnsigned, uint64(n))
	case n < 0 && n >= -1<<63:
		return appendCBORHead(b, cborNegative, uint64(-1-int64(n)))
	}
	return appendCBORFloat(b, v.num)
}

// appendCBORFloat appends the shortest of half, single and double that is exact.
func appendCBORFloat(b []byte, n float64) []byte {
	single := float32(n)
	if float64(single) != n {
		return binary.BigEndian.AppendUint64(append(b, cborDouble), math.Float64bits(n))
	}
	if half, ok := halfBits(single); ok {
		return binary.BigEndian.AppendUint16(append(b, cborHalf), half)
	}
	return binary.BigEndian.AppendUint32(append(b, cborSingle), math.Float32bits(single))
}

// halfBits is f in half precision (IEEE 754 binary16), if it fits exactly.
func halfBits(f float32) (uint16, bool) {
	bits := math.Float32bits(f)
	sign, exp, frac := uint16(bits>>16)&0x8000, int(bits>>23)&0xff, bits&0x7fffff
	switch {
	case exp == 0xff: // infinite
		return sign | 0x7c00, frac == 0
	case exp == 0 && frac == 0:
		return sign, true
	}
	e := exp - 127 + 15
	switch {
	case e >= 31:
		return 0, false
	case e > 0:
		return sign | uint16(e)<<10 | uint16(frac>>13), frac&0x1fff == 0
	case e < -10:
		return 0, false
	}
	frac |= 1 << 23 // subnormal: shift the leading one in
	shift := uint(14 - e)
	return sign | uint16(frac>>shift), frac&(1<<shift-1) == 0
}

// appendCBORMap appends the members in the order of their encoded names.
func appendCBORMap(b []byte, l *list) []byte {
	var room [16]int
	order := room[:0]
	for i := range l.keys {
		if l.last(i) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(i, j int) int {
		// The head is shorter for the shorter name, so length decides first.
		if d := len(l.keys[i]) - len(l.keys[j]); d != 0 {
			return d
		}
		return strings.Compare(l.keys[i], l.keys[j])
	})
	b = appendCBORHead(b, cborMap, uint64(len(order)))
	for _, i := range order {
		b = appendCBORText(b, l.keys[i])
		b = appendCBOR(b, l.vals[i])
	}
	return b
}
