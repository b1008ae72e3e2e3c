package flag

// crumb is one step down from the top of a document: a member's name, or an
// item's number.
type crumb struct {
	name  string
	index int // -1: a name
}

// enter steps down into a member; leave steps up again.
func (r *reader) enter(name string) { r.way = append(r.way, crumb{name, -1}) }

// item steps down into an item.
func (r *reader) item(index int) { r.way = append(r.way, crumb{"", index}) }

// leave steps up.
func (r *reader) leave() { r.way = r.way[:len(r.way)-1] }

// path is where the reader is, as in flags.new-checkout.targeting.if[0].
func (r *reader) path() string {
	out := ""
	for _, c := range r.way {
		switch {
		case c.index >= 0:
			out += "[" + itoa(c.index) + "]"
		case out == "":
			out = c.name
		default:
			out += "." + c.name
		}
	}
	return out
}
