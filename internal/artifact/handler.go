package artifact

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/davit-cd/davit"
)

// Handler serves the OCI distribution protocol, version 1.1, below /v2/. It asks
// nobody who they are: whoever mounts it does. Blobs and manifests are shared by
// all repositories. Nothing can be deleted through it; that is Collect's work.
func (r *Registry) Handler() http.Handler { return &handler{registry: r} }

type handler struct{ registry *Registry }

// ServeHTTP answers one request.
func (h *handler) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	w.Header().Set("Docker-Distribution-API-Version", "registry/2.0")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if err := h.route(w, q); err != nil {
		refuse(w, err)
	}
}

// route finds what a path is about. A repository's name may have slashes in it,
// so paths are read from their end.
func (h *handler) route(w http.ResponseWriter, q *http.Request) error {
	path, ok := strings.CutPrefix(q.URL.Path, "/v2")
	if !ok || (path != "" && path[0] != '/') {
		return unknownEndpoint(q)
	}
	path = strings.Trim(path, "/")
	switch path {
	case "":
		return answer(w, struct{}{})
	case "_catalog":
		return h.catalog(w, q)
	}
	parts := strings.Split(path, "/")
	n := len(parts)
	name := func(tail int) string { return strings.Join(parts[:n-tail], "/") }
	var serve func(http.ResponseWriter, *http.Request, string, string) error
	var tail int
	switch {
	case n >= 4 && parts[n-3] == "blobs" && parts[n-2] == "uploads":
		serve, tail = h.upload, 3
	case n >= 3 && parts[n-2] == "blobs" && parts[n-1] == "uploads":
		serve, tail = h.newUpload, 2
	case n >= 3 && parts[n-2] == "blobs":
		serve, tail = h.blob, 2
	case n >= 3 && parts[n-2] == "manifests":
		serve, tail = h.manifest, 2
	case n >= 3 && parts[n-2] == "tags" && parts[n-1] == "list":
		serve, tail = h.tagList, 2
	case n >= 3 && parts[n-2] == "referrers":
		serve, tail = h.referrers, 2
	default:
		return unknownEndpoint(q)
	}
	if err := checkRepository(name(tail)); err != nil {
		return coded("NAME_INVALID", err)
	}
	return serve(w, q, name(tail), parts[n-1])
}

func (h *handler) blob(w http.ResponseWriter, q *http.Request, _, ref string) error {
	if q.Method != http.MethodGet && q.Method != http.MethodHead {
		return unsupported(q)
	}
	d, err := davit.ParseDigest(ref)
	if err != nil {
		return coded("DIGEST_INVALID", invalid("%v", err))
	}
	// A client that is told that a blob is here will not send it.
	if q.Method == http.MethodHead {
		h.registry.touch(d)
	}
	f, info, err := h.registry.openBlob(d)
	if err != nil {
		return coded("BLOB_UNKNOWN", err)
	}
	defer f.Close()
	w.Header().Set("Docker-Content-Digest", string(d))
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("ETag", strconv.Quote(string(d)))
	http.ServeContent(w, q, "", info.ModTime(), f)
	return nil
}

func (h *handler) manifest(w http.ResponseWriter, q *http.Request, repo, ref string) error {
	switch q.Method {
	case http.MethodGet, http.MethodHead:
		return h.getManifest(w, q, repo, ref)
	case http.MethodPut:
		return h.putManifest(w, q, repo, ref)
	}
	return unsupported(q)
}

func (h *handler) getManifest(w http.ResponseWriter, q *http.Request, repo, ref string) error {
	d, err := davit.ParseDigest(ref)
	if err != nil {
		if d, err = h.registry.Resolve(repo, ref); err != nil {
			return coded("MANIFEST_UNKNOWN", err)
		}
	}
	mediaType, err := h.registry.mediaType(repo, d)
	if err != nil {
		return coded("MANIFEST_UNKNOWN", err)
	}
	b, err := h.registry.readBlob(d, maxManifest)
	if err != nil {
		return coded("MANIFEST_UNKNOWN", err)
	}
	w.Header().Set("Docker-Content-Digest", string(d))
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("ETag", strconv.Quote(string(d)))
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(http.StatusOK)
	if q.Method == http.MethodGet {
		w.Write(b)
	}
	return nil
}

func (h *handler) putManifest(w http.ResponseWriter, q *http.Request, repo, ref string) error {
	want, notDigest := davit.ParseDigest(ref)
	if notDigest != nil {
		if err := checkTag(ref); err != nil {
			return coded("MANIFEST_INVALID", err)
		}
	}
	b, err := io.ReadAll(io.LimitReader(q.Body, maxManifest+1))
	if err != nil {
		return coded("MANIFEST_INVALID", cut(err))
	}
	if len(b) > maxManifest {
		return coded("SIZE_INVALID", &davit.Error{Kind: davit.TooLarge, Text: fmt.Sprintf("the manifest is larger than %d bytes", maxManifest)})
	}
	if got := davit.DigestOf(b); want != "" && got != want {
		return coded("DIGEST_INVALID", wrongDigest(want, got))
	}
	hold := h.registry.hold()
	defer hold.release()
	d, m, err := h.registry.keepManifest(repo, q.Header.Get("Content-Type"), b, hold)
	if davit.KindOf(err) == davit.NotFound {
		return coded("MANIFEST_BLOB_UNKNOWN", err)
	}
	if err != nil {
		return coded("MANIFEST_INVALID", err)
	}
	if want == "" {
		if err := h.registry.Tag(repo, ref, d); err != nil {
			return err
		}
	}
	if m.Subject != nil {
		w.Header().Set("OCI-Subject", m.Subject.Digest.String())
	}
	w.Header().Set("Docker-Content-Digest", string(d))
	w.Header().Set("Location", "/v2/"+repo+"/manifests/"+string(d))
	w.WriteHeader(http.StatusCreated)
	return nil
}

func (h *handler) catalog(w http.ResponseWriter, q *http.Request) error {
	if q.Method != http.MethodGet {
		return unsupported(q)
	}
	names, err := h.registry.repositories()
	if err != nil {
		return err
	}
	slices.Sort(names)
	names, err = page(w, q, names)
	if err != nil {
		return err
	}
	return answer(w, map[string]any{"repositories": names})
}

func (h *handler) tagList(w http.ResponseWriter, q *http.Request, repo, _ string) error {
	if q.Method != http.MethodGet {
		return unsupported(q)
	}
	names, err := h.registry.tags(repo)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		if all, err := digestsIn(h.registry.repositoryPath(repo, "manifests")); err != nil || len(all) == 0 {
			return coded("NAME_UNKNOWN", notFound("there is no repository %s", repo))
		}
	}
	names, err = page(w, q, names)
	if err != nil {
		return err
	}
	return answer(w, map[string]any{"name": repo, "tags": names})
}

// page cuts a sorted list by the parameters n and last, and links to the next.
func page(w http.ResponseWriter, q *http.Request, names []string) ([]string, error) {
	if last := q.URL.Query().Get("last"); last != "" {
		i, found := slices.BinarySearch(names, last)
		if found {
			i++
		}
		names = names[i:]
	}
	if s := q.URL.Query().Get("n"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			return nil, coded("PAGINATION_NUMBER_INVALID", invalid("n=%s is not a number of names", s))
		}
		if n < len(names) {
			names = names[:n]
			if n > 0 {
				next := url.URL{Path: q.URL.Path, RawQuery: url.Values{"n": {s}, "last": {names[n-1]}}.Encode()}
				w.Header().Set("Link", fmt.Sprintf("<%s>; rel=\"next\"", next.String()))
			}
		}
	}
	return append([]string{}, names...), nil
}

func (h *handler) referrers(w http.ResponseWriter, q *http.Request, repo, ref string) error {
	if q.Method != http.MethodGet {
		return unsupported(q)
	}
	d, err := davit.ParseDigest(ref)
	if err != nil {
		return coded("DIGEST_INVALID", invalid("%v", err))
	}
	list, err := h.registry.about(repo, d, q.URL.Query().Get("artifactType"))
	if err != nil {
		return err
	}
	if q.URL.Query().Get("artifactType") != "" {
		w.Header().Set("OCI-Filters-Applied", "artifactType")
	}
	w.Header().Set("Content-Type", string(types.OCIImageIndex))
	return answer(w, v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: list})
}

func answer(w http.ResponseWriter, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.Write(b) // if that fails, the client is gone and there is nobody to tell
	return nil
}

// cut says what a body that broke off means.
func cut(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &davit.Error{Kind: davit.Invalid, Text: "the body ended before its announced length; nothing of it was kept", Hint: "send it again"}
	}
	return err
}
