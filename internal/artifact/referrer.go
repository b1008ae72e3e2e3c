package artifact

import (
	"encoding/json"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/davit-cd/davit"
)

// Attachment is something said about an artifact: an SBOM, a provenance, a
// signature. It is kept and collected with its subject.
type Attachment struct {
	Repository  string
	Subject     davit.Digest
	Type        string // media type of Content, such as "application/vnd.cyclonedx+json"
	Content     []byte
	Annotations map[string]string
}

// Attach keeps an attachment where clients find it as a referrer of its subject.
func (r *Registry) Attach(a Attachment) (davit.Digest, error) {
	fail := func(err error) (davit.Digest, error) {
		return "", fmt.Errorf("attach %s to %s: %w", a.Type, a.Subject.Short(), err)
	}
	if err := checkRepository(a.Repository); err != nil {
		return fail(err)
	}
	subjectType, err := r.mediaType(a.Repository, a.Subject)
	if err != nil {
		return fail(err)
	}
	h := r.hold()
	defer h.release()
	empty, err := r.keepBytes([]byte("{}"), h)
	if err != nil {
		return fail(err)
	}
	content, err := r.keepBytes(a.Content, h)
	if err != nil {
		return fail(err)
	}
	b, err := json.Marshal(struct {
		v1.Manifest
		ArtifactType string `json:"artifactType"`
	}{v1.Manifest{
		SchemaVersion: 2,
		MediaType:     types.OCIManifestSchema1,
		Config:        v1.Descriptor{MediaType: "application/vnd.oci.empty.v1+json", Size: 2, Digest: hashOf(empty)},
		Layers:        []v1.Descriptor{{MediaType: types.MediaType(a.Type), Size: int64(len(a.Content)), Digest: hashOf(content)}},
		Subject:       &v1.Descriptor{MediaType: types.MediaType(subjectType), Size: r.blobSize(a.Subject), Digest: hashOf(a.Subject)},
		Annotations:   a.Annotations,
	}, a.Type})
	if err != nil {
		return fail(err)
	}
	d, _, err := r.keepManifest(a.Repository, string(types.OCIManifestSchema1), b, h)
	if err != nil {
		return fail(err)
	}
	return d, nil
}

// Attachments returns what is attached to an artifact; typ "" is any.
func (r *Registry) Attachments(repo string, subject davit.Digest, typ string) ([]Attachment, error) {
	list, err := r.about(repo, subject, typ)
	if err != nil {
		return nil, err
	}
	var all []Attachment
	for _, d := range list {
		b, err := r.readBlob(digestOf(d), maxManifest)
		if err != nil {
			return nil, err
		}
		m, err := parseManifest(b)
		if err != nil {
			return nil, err
		}
		a := Attachment{Repository: repo, Subject: subject, Type: d.ArtifactType, Annotations: m.Annotations}
		if len(m.Layers) > 0 {
			if a.Content, err = r.readBlob(digestOf(m.Layers[0]), r.options.MaxBlob); err != nil {
				return nil, err
			}
		}
		all = append(all, a)
	}
	return all, nil
}

// about lists the manifests of a repository whose subject is d.
func (r *Registry) about(repo string, d davit.Digest, typ string) ([]v1.Descriptor, error) {
	all, err := digestsIn(r.repositoryPath(repo, "referrers", hexOf(d)))
	if err != nil {
		return nil, fmt.Errorf("list referrers: %w", err)
	}
	list := []v1.Descriptor{}
	for _, about := range all {
		mediaType, err := r.mediaType(repo, about)
		if err != nil {
			continue // marked, and then not named
		}
		b, err := r.readBlob(about, maxManifest)
		if err != nil {
			return nil, fmt.Errorf("list referrers: %w", err)
		}
		m, err := parseManifest(b)
		if err != nil {
			return nil, fmt.Errorf("list referrers: %w", err)
		}
		if m.ArtifactType == "" && m.Config != nil {
			m.ArtifactType = string(m.Config.MediaType)
		}
		if typ == "" || typ == m.ArtifactType {
			list = append(list, v1.Descriptor{MediaType: types.MediaType(mediaType), Size: int64(len(b)), Digest: hashOf(about), ArtifactType: m.ArtifactType, Annotations: m.Annotations})
		}
	}
	return list, nil
}
