package artifact

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/zstd"

	"github.com/davit-cd/davit"
)

// stale is the age at which a half-written folder or upload was left behind by a
// crash.
const stale = time.Hour

// Unpack writes the files of an artifact into dir, which appears whole or not at
// all. If dir is there already it is taken to be the work of an earlier Unpack
// and left as it is.
func (r *Registry) Unpack(ctx context.Context, d davit.Digest, dir string) error {
	fail := func(err error) error { return fmt.Errorf("unpack %s: %w", d.Short(), err) }
	if _, err := os.Lstat(dir); err == nil {
		return nil
	}
	if _, err := davit.ParseDigest(string(d)); err != nil {
		return fail(invalid("%v", err))
	}
	m, err := r.image(d)
	if err != nil {
		return fail(err)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return fail(err)
	}
	clearPartial(dir)
	partial, err := os.MkdirTemp(filepath.Dir(dir), partialPrefix(dir)+"*")
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(partial)
	root, err := os.OpenRoot(partial)
	if err != nil {
		return fail(err)
	}
	defer root.Close()
	x := &extraction{root: root, options: r.options}
	for _, l := range m.Layers {
		if err := r.unpackLayer(ctx, l, x); err != nil {
			return fail(err)
		}
	}
	if err := os.Chmod(partial, 0o755); err != nil {
		return fail(err)
	}
	if err := syncAll(partial); err != nil {
		return fail(err)
	}
	if err := os.Rename(partial, dir); err != nil {
		if _, there := os.Lstat(dir); there == nil {
			return nil // another Unpack was faster
		}
		return fail(err)
	}
	return syncFolder(filepath.Dir(dir))
}

func partialPrefix(dir string) string { return "." + filepath.Base(dir) + ".partial-" }

// clearPartial removes what a crash left of earlier tries to unpack into dir.
func clearPartial(dir string) {
	entries, err := os.ReadDir(filepath.Dir(dir))
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && strings.HasPrefix(e.Name(), partialPrefix(dir)) && time.Since(info.ModTime()) > stale {
			os.RemoveAll(filepath.Join(filepath.Dir(dir), e.Name()))
		}
	}
}

// unpackLayer extracts one layer and checks it against its digest while it is
// read, so that it is read once.
func (r *Registry) unpackLayer(ctx context.Context, l v1.Descriptor, x *extraction) error {
	f, _, err := r.openBlob(digestOf(l))
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	raw := bufio.NewReaderSize(io.TeeReader(&patient{ctx: ctx, from: f}, sum), 1<<18)
	plain, err := decompress(raw)
	if err != nil {
		return fmt.Errorf("layer %s: %w", digestOf(l).Short(), err)
	}
	defer plain.Close()
	if err := x.layer(plain); err != nil {
		return fmt.Errorf("layer %s: %w", digestOf(l).Short(), err)
	}
	if _, err := io.Copy(io.Discard, raw); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != l.Digest.Hex {
		return fmt.Errorf("layer %s: it was changed on disk, its content now has digest sha256:%s", l.Digest, got)
	}
	return nil
}

// decompress tells by the first bytes how a layer is compressed: media types are
// not always right.
func decompress(raw *bufio.Reader) (io.ReadCloser, error) {
	head, err := raw.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(raw)
		if err != nil {
			return nil, invalid("it is not proper gzip: %v", err)
		}
		return z, nil
	case bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(128<<20))
		if err != nil {
			return nil, invalid("it is not proper zstd: %v", err)
		}
		return z.IOReadCloser(), nil
	}
	return io.NopCloser(raw), nil
}

// patient is a reader that gives up when its context does.
type patient struct {
	ctx  context.Context
	from io.Reader
}

// Read reads on while the context lasts.
func (p *patient) Read(b []byte) (int, error) {
	if p.ctx.Err() != nil {
		return 0, context.Cause(p.ctx)
	}
	return p.from.Read(b)
}
