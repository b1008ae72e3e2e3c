package artifact

import "github.com/davit-cd/davit"

// hold keeps blobs from being collected until a manifest names them.
type hold struct {
	registry *Registry
	digests  []davit.Digest
}

func (r *Registry) hold() *hold { return &hold{registry: r} }

// add is called with the registry's lock held.
func (h *hold) add(d davit.Digest) {
	if h == nil {
		return
	}
	h.digests = append(h.digests, d)
	h.registry.held[d]++
}

func (h *hold) release() {
	h.registry.mu.Lock()
	defer h.registry.mu.Unlock()
	for _, d := range h.digests {
		if h.registry.held[d]--; h.registry.held[d] == 0 {
			delete(h.registry.held, d)
		}
	}
	h.digests = nil
}
