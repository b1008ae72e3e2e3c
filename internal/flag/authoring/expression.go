package authoring

import (
	"math"
	"time"

	"github.com/davit-cd/davit"
)

// expr is a JSONLogic expression: a JSON value, or a map of one operator.
type expr = any

// constant is an expression that is the name of a variant.
type constant string

func op(name string, args ...expr) expr { return map[string]expr{name: args} }

func variable(name string) expr { return map[string]expr{"var": name} }

// targetingKey is the context's key for the user.
const targetingKey = "targetingKey"

// now is the time of an evaluation, in seconds since 1970.
func now() expr { return variable("$flagd.timestamp") }

// yes and no are conditions that hold for everybody and for nobody.
const (
	yes = true
	no  = false
)

// and, or and not fold what is known already.
func and(parts ...expr) expr {
	var out []expr
	for _, p := range parts {
		switch p {
		case expr(yes):
		case expr(no):
			return no
		default:
			out = append(out, p)
		}
	}
	switch len(out) {
	case 0:
		return yes
	case 1:
		return out[0]
	}
	return op("and", out...)
}

func or(parts ...expr) expr {
	var out []expr
	for _, p := range parts {
		switch p {
		case expr(no):
		case expr(yes):
			return yes
		default:
			out = append(out, p)
		}
	}
	switch len(out) {
	case 0:
		return no
	case 1:
		return out[0]
	}
	return op("or", out...)
}

func not(p expr) expr {
	switch p {
	case expr(yes):
		return no
	case expr(no):
		return yes
	}
	return op("!", p)
}

// when is a where the condition holds, else b. It makes one chain of several.
func when(condition, a, b expr) expr {
	switch condition {
	case expr(yes):
		return a
	case expr(no):
		return b
	}
	if isConstant(a) && isConstant(b) && a == b {
		return a
	}
	args := []expr{condition, a, b}
	if m, ok := b.(map[string]expr); ok && len(m) == 1 {
		if more, chained := m["if"].([]expr); chained && len(more)%2 == 1 {
			args = append([]expr{condition, a}, more...)
		}
	}
	return op("if", args...)
}

func isConstant(e expr) bool {
	_, ok := e.(constant)
	return ok
}

// tooLong says why a ramp cannot be compiled; empty: it can. flagd's weights
// are whole and add up to at most 2^31−1.
func (l Linear) tooLong() string {
	if float64(l.steps())*l.seconds() > math.MaxInt32 {
		return "the time is too long for shares this fine"
	}
	return ""
}

func (l Linear) seconds() float64 { return l.End.Sub(l.Begin).Round(time.Second).Seconds() }

// steps is how many parts all users are cut into so that both shares are whole.
func (l Linear) steps() davit.Weight {
	return davit.Full / gcd(gcd(l.From, l.To), davit.Full)
}

func gcd(a, b davit.Weight) davit.Weight {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// weights returns the weights of the variant whose share moves and of the
// others. They add up to the same number at all times, so that who has come in
// stays.
func (l Linear) weights() (moving, others expr) {
	begin, end := l.Begin.Unix(), l.Begin.Unix()+int64(l.seconds())
	unit := davit.Full / l.steps()
	if l.From == 0 && l.To == davit.Full {
		return op("-", now(), begin), op("-", end, now()) // below 0 counts as 0
	}
	at := op("max", begin, op("min", end, now()))
	weigh := func(from, to davit.Weight) expr {
		return op("+", op("*", int64(from/unit), op("-", end, at)), op("*", int64(to/unit), op("-", at, begin)))
	}
	return weigh(l.From, l.To), weigh(davit.Full-l.From, davit.Full-l.To)
}
