package ramp

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

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
		return nil, fmt.Errorf("read a ramp's input: %w", err)
	}
	decode, ok := decoders()[k.Kind]
	if !ok {
		return nil, fmt.Errorf("read a ramp's input: kind %q is not known", k.Kind)
	}
	in, err := decode(k.Body)
	if err != nil {
		return nil, fmt.Errorf("read a ramp's input %s: %w", k.Kind, err)
	}
	return in, nil
}

// Replay takes initial, a ramp as New made it, through the events of the journal
// in their order, and returns the state that they lead to. Events of others are
// passed over. It fails where the journal tells another story than the machine.
func Replay(initial State, events []davit.Event) (State, error) {
	s := initial
	for _, e := range events {
		text, ok := e.Data[inputKey]
		if !ok || e.Data["ramp"] != s.ID {
			continue
		}
		in, err := DecodeInput(text)
		if err != nil {
			return s, fmt.Errorf("replay %s, event %d: %w", s.ID, e.Seq, err)
		}
		next, told := Step(s, in)
		if len(told) == 0 || told[0].Kind != e.Kind {
			return s, fmt.Errorf("replay %s, event %d: the journal says %s, the input %s at %s leads elsewhere", s.ID, e.Seq, e.Kind, kindOf(in), s.Phase)
		}
		s = next
	}
	return s, nil
}

func kindOf(in Input) string { return strings.ToLower(reflect.TypeOf(in).Name()) }

func decoders() map[string]func([]byte) (Input, error) {
	return map[string]func([]byte) (Input, error){
		"exposed": decode[Exposed], "looked": decode[Looked], "halt": decode[Halt], "resume": decode[Resume],
		"advance": decode[Advance], "abort": decode[Abort], "kill": decode[Kill], "unlock": decode[Unlock], "tick": decode[Tick],
	}
}

func decode[I Input](b []byte) (Input, error) {
	var in I
	err := json.Unmarshal(b, &in)
	return in, err
}
