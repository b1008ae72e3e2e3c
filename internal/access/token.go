package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"math/big"
	"strings"

	"github.com/davit-cd/davit"
)

const (
	tokenPrefix = "dvt_" // lets scanners of leaked secrets know a token
	tokenDigits = 43     // base62 digits of 32 bytes
	base62      = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// NewToken spells 32 random bytes as a token: "dvt_" and 43 base62 digits.
func NewToken(random [32]byte) string {
	n := new(big.Int).SetBytes(random[:])
	radix, digit := big.NewInt(62), new(big.Int)
	var out [tokenDigits]byte
	for i := tokenDigits - 1; i >= 0; i-- {
		n.DivMod(n, radix, digit)
		out[i] = base62[digit.Int64()]
	}
	return tokenPrefix + string(out[:])
}

// CheckToken says whether s has the form of a token; the error does not repeat it.
func CheckToken(s string) error {
	digits, ok := strings.CutPrefix(s, tokenPrefix)
	if !ok || len(digits) != tokenDigits || strings.Trim(digits, base62) != "" {
		return &davit.Error{
			Kind: davit.Unauthorized, Text: "this is not a token of davit",
			Hint: "a token starts with dvt_ and has 43 letters and digits after that",
		}
	}
	return nil
}

// HashToken returns what is kept of a token: its SHA-256 in hex. A token is 256
// random bits, so nothing slower is needed to keep it from being guessed.
func HashToken(token string) string {
	var room [64]byte // a token is shorter: nothing is allocated but the answer
	sum := sha256.Sum256(append(room[:0], token...))
	var digits [2 * sha256.Size]byte
	hex.Encode(digits[:], sum[:])
	return string(digits[:])
}

// Same compares two secrets without telling by its duration where they differ.
func Same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
