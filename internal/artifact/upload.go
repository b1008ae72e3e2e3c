package artifact

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/davit-cd/davit"
)

// newUpload starts an upload, takes a whole blob at once, or mounts one that is
// here.
func (h *handler) newUpload(w http.ResponseWriter, q *http.Request, repo, _ string) error {
	if q.Method != http.MethodPost {
		return unsupported(q)
	}
	if d, err := davit.ParseDigest(q.URL.Query().Get("mount")); err == nil && h.registry.touch(d) {
		return created(w, repo, d)
	}
	if s := q.URL.Query().Get("digest"); s != "" {
		d, err := davit.ParseDigest(s)
		if err != nil {
			return coded("DIGEST_INVALID", invalid("%v", err))
		}
		if err := h.registry.keepReader(q.Body, d, nil); err != nil {
			return coded("DIGEST_INVALID", cut(err))
		}
		return created(w, repo, d)
	}
	id, err := h.registry.startUpload()
	if err != nil {
		return err
	}
	accepted(w, repo, id, 0, http.StatusAccepted)
	return nil
}

// upload takes a piece of a blob, its end, or tells how far it is.
func (h *handler) upload(w http.ResponseWriter, q *http.Request, repo, id string) error {
	release, err := h.registry.claim(id)
	if err != nil {
		return coded("BLOB_UPLOAD_INVALID", err)
	}
	defer release()
	f, at, err := h.registry.openUpload(id)
	if err != nil {
		return coded("BLOB_UPLOAD_UNKNOWN", err)
	}
	defer f.Close()
	switch q.Method {
	case http.MethodGet:
		accepted(w, repo, id, at, http.StatusNoContent)
		return nil
	case http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
		return os.Remove(h.registry.uploadPath(id))
	case http.MethodPatch, http.MethodPut:
	default:
		return unsupported(q)
	}
	var want davit.Digest
	if q.Method == http.MethodPut {
		if want, err = davit.ParseDigest(q.URL.Query().Get("digest")); err != nil {
			return coded("DIGEST_INVALID", invalid("%v", err))
		}
	}
	if err := follows(q.Header.Get("Content-Range"), at); err != nil {
		return coded("RANGE_INVALID", err)
	}
	if at, err = h.registry.appendUpload(f, at, q.Body); err != nil {
		return coded("BLOB_UPLOAD_INVALID", cut(err))
	}
	if q.Method == http.MethodPatch {
		accepted(w, repo, id, at, http.StatusAccepted)
		return nil
	}
	if err := h.registry.finishUpload(f, id, want); err != nil {
		return coded("DIGEST_INVALID", err)
	}
	return created(w, repo, want)
}

// follows checks that a piece begins where the one before ended.
func follows(contentRange string, at int64) error {
	if contentRange == "" {
		return nil
	}
	from, _, _ := strings.Cut(strings.TrimPrefix(contentRange, "bytes "), "-")
	if n, err := strconv.ParseInt(from, 10, 64); err != nil || n != at {
		return invalid("the piece %q does not follow the %d bytes that are here", contentRange, at)
	}
	return nil
}

func accepted(w http.ResponseWriter, repo, id string, at int64, status int) {
	w.Header().Set("Location", "/v2/"+repo+"/blobs/uploads/"+id)
	w.Header().Set("Docker-Upload-UUID", id)
	w.Header().Set("Range", fmt.Sprintf("0-%d", max(at-1, 0)))
	w.WriteHeader(status)
}

func created(w http.ResponseWriter, repo string, d davit.Digest) error {
	w.Header().Set("Location", "/v2/"+repo+"/blobs/"+string(d))
	w.Header().Set("Docker-Content-Digest", string(d))
	w.WriteHeader(http.StatusCreated)
	return nil
}
