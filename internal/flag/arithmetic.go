package flag

import "math"

func sum(e *eval, args []node) val {
	n := 0.0
	for _, a := range args {
		n += operand(a.eval(e))
	}
	return answer(n)
}

func product(e *eval, args []node) val {
	n := 1.0
	for _, a := range args {
		n *= operand(a.eval(e))
	}
	return answer(n)
}

func difference(e *eval, args []node) val {
	n := operand(arg(e, args, 0))
	if len(args) == 1 {
		return answer(-n)
	}
	for _, a := range args[min(1, len(args)):] {
		n -= operand(a.eval(e))
	}
	return answer(n)
}

func quotient(e *eval, args []node) val {
	n := operand(arg(e, args, 0))
	for _, a := range args[min(1, len(args)):] {
		n /= operand(a.eval(e))
	}
	return answer(n)
}

func remainder(e *eval, args []node) val {
	return answer(math.Mod(operand(arg(e, args, 0)), operand(arg(e, args, 1))))
}

func largest(e *eval, args []node) val  { return extreme(e, args, math.Max) }
func smallest(e *eval, args []node) val { return extreme(e, args, math.Min) }

func extreme(e *eval, args []node, better func(a, b float64) float64) val {
	if len(args) == 0 {
		return val{}
	}
	n := operand(args[0].eval(e))
	for _, a := range args[1:] {
		n = better(n, operand(a.eval(e)))
	}
	return answer(n)
}
