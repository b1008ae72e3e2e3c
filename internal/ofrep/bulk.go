package ofrep

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/davit-cd/davit/internal/flag"
)

// bulk answers with all flags of a set.
func (h *Handler) bulk(w http.ResponseWriter, r *http.Request) {
	id, set, err := h.selected(r)
	if err != nil {
		h.refuse(w, r, "", false, err)
		return
	}
	c, err := readContext(w, r)
	if err != nil {
		h.refuse(w, r, "", false, err)
		return
	}
	defer c.Release()
	p := h.partsOf(id, set)
	buffer := buffers.Get().(*[]byte)
	defer release(buffer)
	seed := c.AppendCanonical((*buffer)[:0])
	stream := streamAddress(h.options.StreamToken(r.Context(), id))
	etag := tag(set.Revision(), seed, stream, nil)
	if !p.timed && unchanged(r, set, etag) {
		*buffer = seed
		notModified(w, etag)
		return
	}
	b := h.appendAll(seed[:0], p, c)
	if p.timed {
		// What depends on the time is the same only if the answers are.
		etag = tag(set.Revision(), c.AppendCanonical(nil), stream, b)
		if unchanged(r, set, etag) {
			*buffer = b
			notModified(w, etag)
			return
		}
	}
	b = append(b, `,"eventStreams":[{"type":"sse","endpoint":{"requestUri":"`...)
	b = append(b, stream...)
	b = append(b, `"}}]}`...)
	*buffer = b
	head := w.Header()
	head["Content-Type"] = contentJSON
	head["Content-Length"] = []string{strconv.Itoa(len(b))}
	head["Etag"] = []string{etag}
	_, _ = w.Write(b) // the caller is gone, or reads it
}

// appendAll evaluates all flags and appends the answer up to its streams.
func (h *Handler) appendAll(b []byte, p *parts, c *flag.Context) []byte {
	now := h.options.Now().Unix()
	b = append(b, `{"flags":[`...)
	for i, one := range p.list {
		if i > 0 {
			b = append(b, ',')
		}
		b = h.append(b, one, h.evaluate(p.set, one.flag, c, now))
	}
	return append(b, p.end...)
}

// streamAddress is where the stream is, on the origin the client asked.
func streamAddress(token string) string {
	if token == "" {
		return streamPath
	}
	return streamPath + "?token=" + token // letters, digits, - and _
}

// tag is the entity tag of an answer: it stands for the set, the context and
// the stream's address, and for answers where they depend on more than that.
// Attributes that no rule reads count too; that costs an answer, never a
// wrong one.
func tag(revision string, context []byte, stream string, answers []byte) string {
	sum := sha256.New()
	for _, part := range [][]byte{[]byte(revision), context, []byte(stream), answers} {
		sum.Write(strconv.AppendInt(nil, int64(len(part)), 10))
		sum.Write([]byte{':'})
		sum.Write(part)
	}
	return `"` + hex.EncodeToString(sum.Sum(nil)[:16]) + `"`
}

// unchanged reports whether the client has the answer with this tag already. A
// client that heard of another version of the set gets the answer in any case.
func unchanged(r *http.Request, set *flag.Set, etag string) bool {
	known := r.Header["If-None-Match"]
	if len(known) == 0 {
		return false
	}
	if heard := r.URL.Query().Get("flagConfigEtag"); heard != "" && strings.Trim(heard, `"`) != set.Revision() {
		return false
	}
	for _, line := range known {
		for one := range strings.SplitSeq(line, ",") {
			if strings.TrimPrefix(strings.TrimSpace(one), "W/") == etag {
				return true
			}
		}
	}
	return false
}

func notModified(w http.ResponseWriter, etag string) {
	w.Header()["Etag"] = []string{etag}
	w.WriteHeader(http.StatusNotModified)
}
