package process

import (
	"fmt"
	"strings"
)

// limits is what the system lets Davit bound.
type limits struct {
	Memory, CPU, Pids bool
	Why               string // why not, for people
}

// String says plainly what holds on this machine.
func (l limits) String() string {
	var can, cannot []string
	for _, x := range []struct {
		name string
		is   bool
	}{{"memory", l.Memory}, {"cpu", l.CPU}, {"processes", l.Pids}} {
		if x.is {
			can = append(can, x.name)
		} else {
			cannot = append(cannot, x.name)
		}
	}
	if len(cannot) == 0 {
		return "limits on memory, cpu and processes hold"
	}
	s := fmt.Sprintf("limits on %s do not hold here (%s)", strings.Join(cannot, ", "), l.Why)
	if len(can) > 0 {
		s += "; limits on " + strings.Join(can, ", ") + " do"
	}
	return s
}

// bounds are the limits of one instance; 0 is none.
type bounds struct {
	memory int64
	cpu    float64
	pids   int
}
