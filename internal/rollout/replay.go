package rollout

import (
	"encoding/json"
	"fmt"

	"github.com/davit-cd/davit"
)

// inputKey is where an event's Data keeps the input that it came of.
const inputKey = "input"

// kept is an input as the journal keeps it.
type kept struct {
	Kind string          `json:"kind"`
	Body json.RawMessage `json:"body"`
}

// EncodeInput returns an input as JSON, for the journal; "" for one that JSON
// cannot hold, such as a time after the year 9999.
func EncodeInput(in Input) string {
	body, err := json.Marshal(in)
	if err != nil {
		return ""
	}
	b, err := json.Marshal(kept{kindOf(in), body})
	if err != nil {
		return ""
	}
	return string(b)
}

// DecodeInput reads what EncodeInput wrote.
func DecodeInput(text string) (Input, error) {
	var k kept
	if err := json.Unmarshal([]byte(text), &k); err != nil {
		return nil, fmt.Errorf("read a rollout's input: %w", err)
	}
	decode, ok := decoders()[k.Kind]
	if !ok {
		return nil, fmt.Errorf("read a rollout's input: kind %q is not known", k.Kind)
	}
	in, err := decode(k.Body)
	if err != nil {
		return nil, fmt.Errorf("read a rollout's input %s: %w", k.Kind, err)
	}
	return in, nil
}

// Replay takes initial, a rollout as it was queued, through the events of the
// journal in their order, and returns the state that they lead to. Events of
// others, and those that no input carries, are passed over. It fails where the
// journal tells another story than the machine does.
func Replay(initial State, events []davit.Event) (State, error) {
	s := initial
	for _, e := range events {
		text, ok := e.Data[inputKey]
		if !ok || e.Rollout != s.ID {
			continue
		}
		in, err := DecodeInput(text)
		if err != nil {
			return s, fmt.Errorf("replay %s, event %d: %w", s.ID, e.Seq, err)
		}
		next, told := Step(s, in)
		if len(told) == 0 || told[0].Kind != e.Kind {
			return s, fmt.Errorf("replay %s, event %d: the journal says %s, the input %s at %s leads to %s", s.ID, e.Seq, e.Kind, kindOf(in), s.Phase, kinds(told))
		}
		s = next
	}
	return s, nil
}

func kinds(events []davit.Event) string {
	if len(events) == 0 {
		return "nothing"
	}
	return events[0].Kind
}

func kindOf(in Input) string {
	switch in.(type) {
	case Begin:
		return "begin"
	case Gated:
		return "gated"
	case Placed:
		return "placed"
	case PlaceFailed:
		return "place-failed"
	case Routed:
		return "routed"
	case Smoked:
		return "smoked"
	case Judged:
		return "judged"
	case Crashed:
		return "crashed"
	case Retired:
		return "retired"
	case Halt:
		return "halt"
	case Resume:
		return "resume"
	case Advance:
		return "advance"
	case Abort:
		return "abort"
	case Supersede:
		return "supersede"
	case Cancel:
		return "cancel"
	case Tick:
		return "tick"
	}
	panic(fmt.Sprintf("rollout: unknown input %T", in))
}

func decoders() map[string]func([]byte) (Input, error) {
	return map[string]func([]byte) (Input, error){
		"begin": decode[Begin], "gated": decode[Gated], "placed": decode[Placed], "place-failed": decode[PlaceFailed],
		"routed": decode[Routed], "smoked": decode[Smoked], "judged": decode[Judged], "crashed": decode[Crashed],
		"retired": decode[Retired], "halt": decode[Halt], "resume": decode[Resume], "advance": decode[Advance],
		"abort": decode[Abort], "supersede": decode[Supersede], "cancel": decode[Cancel], "tick": decode[Tick],
	}
}

func decode[I Input](b []byte) (Input, error) {
	var in I
	err := json.Unmarshal(b, &in)
	return in, err
}
