package secret

import (
	"encoding/binary"
	"fmt"
	"regexp"
	"strings"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/mask"
)

// MaxValue is the most bytes a secret may have.
const MaxValue = 64 << 10

// properName is the grammar that davit.yaml has for names of secrets.
var properName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,99}$`)

// CheckName says what is wrong with the name of a secret.
func CheckName(name string) error {
	if !properName.MatchString(name) {
		return &davit.Error{
			Kind: davit.Invalid, Text: fmt.Sprintf("secret name %q is not allowed", cutName(name)),
			Hint: "use letters, digits, _ . and -, beginning with a letter or _, at most 100 characters: DATABASE_URL",
		}
	}
	if strings.HasPrefix(strings.ToUpper(name), "DAVIT_") {
		return &davit.Error{Kind: davit.Invalid, Text: "secret name " + name + " is not allowed", Hint: "names that begin with DAVIT_ are Davit's own"}
	}
	return nil
}

// cutName shortens what may be a value typed in the place of a name.
func cutName(name string) string {
	if len(name) > 8 {
		return name[:4] + "…"
	}
	return name
}

// CheckValue says what is wrong with the value of a secret, without showing it.
func CheckValue(name string, value []byte) error {
	switch {
	case len(value) == 0:
		return &davit.Error{Kind: davit.Invalid, Text: "secret " + name + " is empty", Hint: "remove it instead"}
	case len(value) > MaxValue:
		return &davit.Error{Kind: davit.TooLarge, Text: fmt.Sprintf("secret %s has %d bytes, the most is %d", name, len(value), MaxValue)}
	}
	return nil
}

// Warning says what should worry whoever sets this value; it is empty if nothing
// should.
func Warning(name string, value []byte) string {
	if !mask.Hides(string(value)) {
		return fmt.Sprintf("secret %s is shorter than %d characters: it cannot be hidden in logs", name, mask.Least)
	}
	return ""
}

// header is what stands before the value. Lengths keep ("a", "bc") apart from
// ("ab", "c").
func header(parts ...string) []byte {
	h := []byte("davit secret 1\n")
	for _, p := range parts {
		h = binary.BigEndian.AppendUint32(h, uint32(len(p)))
		h = append(h, p...)
	}
	return h
}
