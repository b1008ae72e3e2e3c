package artifact

// node is a file, folder or link that was unpacked. The tree of them is what the
// extraction believes to be on disk, so that a tar can neither lead it through a
// link nor make it search.
type node struct {
	kind     kind
	layer    int // the layer that brought it, from 1
	below    int // the latest layer that brought something below it
	children map[string]*node
}

type kind byte

const (
	folder kind = iota + 1
	file
	link
)

// stays reports whether the layer brought the node or something below it.
func (n *node) stays(layer int) bool { return n.layer == layer || n.below == layer }

func (n *node) put(base string, child *node) {
	if n.children == nil {
		n.children = map[string]*node{}
	}
	n.children[base] = child
}
