package ofrep

import (
	"encoding/json"

	"github.com/davit-cd/davit/internal/flag"
)

// parts are pieces of answers about one version of a set, encoded once.
type parts struct {
	set   *flag.Set
	flags map[*flag.Flag]*flagParts
	list  []*flagParts // as set.Flags
	end   []byte       // of a bulk answer: the set's metadata
	event []byte       // the message that the set is new
	timed bool         // some answer may change with the time alone
}

// flagParts are pieces of answers about one flag.
type flagParts struct {
	key   string
	flag  *flag.Flag
	head  []byte // {"key":"…"
	tail  []byte // ,"metadata":{…}}
	timed bool
}

// partsOf returns the parts of a set, which is the newest under that id, or
// was a moment ago.
func (h *Handler) partsOf(id string, set *flag.Set) *parts {
	if v, ok := h.parts.Load(id); ok && v.(*parts).set == set {
		return v.(*parts)
	}
	p := newParts(set)
	h.parts.Store(id, p)
	return p
}

func newParts(set *flag.Set) *parts {
	p := &parts{set: set, flags: make(map[*flag.Flag]*flagParts, set.Len())}
	for key, f := range set.Flags() {
		quoted, _ := json.Marshal(key) // a string
		one := &flagParts{key: key, flag: f, head: append([]byte(`{"key":`), quoted...), tail: []byte("}"), timed: f.Timed()}
		if m := f.Metadata(); m.Len() > 0 {
			one.tail = append(append([]byte(`,"metadata":`), m.JSON()...), '}')
		}
		p.timed = p.timed || one.timed
		p.flags[f] = one
		p.list = append(p.list, one)
	}
	p.end = []byte("]")
	if m := set.Metadata(); m.Len() > 0 {
		p.end = append([]byte(`],"metadata":`), m.JSON()...)
	}
	revision, _ := json.Marshal(set.Revision()) // a string
	p.event = append([]byte("id: "+set.Revision()+"\nevent: message\n"+`data: {"type":"refetchEvaluation","etag":`), revision...)
	p.event = append(p.event, "}\n\n"...)
	return p
}
