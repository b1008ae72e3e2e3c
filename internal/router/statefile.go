package router

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/davit-cd/davit"
)

// kept is what survives the router: the routes, and the highest epoch and
// revision ever seen of each place, also of those without a route now.
type kept struct {
	Format int
	Routes []keptRoute
	Fences []fence

	Taggings []davit.Tagging `json:",omitempty"`
}

type keptRoute struct {
	Route davit.Route
	Put   time.Time
}

// fence is what a change of a place must not be lower than.
type fence struct {
	Service     string
	Environment string
	Epoch       uint64
	Revision    uint64
}

func (f fence) place() place { return place{f.Service, f.Environment} }

// stateFile keeps the routes in a file that ends in its own checksum. The file
// before it is kept beside it.
type stateFile struct{ folder string }

const stateFormat = 1

func (f *stateFile) path(suffix string) string { return filepath.Join(f.folder, "routes"+suffix) }

// save makes k durable: written aside, synced, and put in place by a rename, so
// that there is a whole file at any instant.
func (f *stateFile) save(k kept) error {
	k.Format = stateFormat
	body, err := json.MarshalIndent(k, "", " ")
	if err != nil {
		return fmt.Errorf("keep routes: %w", err)
	}
	sum := sha256.Sum256(body)
	body = append(append(body, "\nsha256:"...), hex.EncodeToString(sum[:])...)
	body = append(body, '\n')
	if err := f.replace(body); err != nil {
		return fmt.Errorf("keep routes: %w", err)
	}
	return nil
}

func (f *stateFile) replace(body []byte) error {
	if err := writeSynced(f.path(".tmp"), body); err != nil {
		return err
	}
	_ = os.Remove(f.path(".prev.tmp"))
	switch err := os.Link(f.path(".json"), f.path(".prev.tmp")); {
	case err == nil:
		if err := os.Rename(f.path(".prev.tmp"), f.path(".prev")); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := os.Rename(f.path(".tmp"), f.path(".json")); err != nil {
		return err
	}
	return syncFolder(f.folder)
}

// load reads what was kept. If the file is broken it is put aside and the one
// before it is taken; report says so.
func (f *stateFile) load() (k kept, report string, err error) {
	k, err = f.read(".json")
	if err == nil {
		return k, "", nil
	}
	missing := errors.Is(err, fs.ErrNotExist)
	prev, prevErr := f.read(".prev")
	if missing && errors.Is(prevErr, fs.ErrNotExist) {
		return kept{}, "", nil // the first start
	}
	if !missing {
		if e := os.Rename(f.path(".json"), f.path(".broken")); e != nil {
			return kept{}, "", fmt.Errorf("put broken routes aside: %w", e)
		}
	}
	if prevErr != nil {
		return kept{}, fmt.Sprintf("routes.json can not be used (%v), nor routes.prev (%v): there are no routes until they are set again", err, prevErr), nil
	}
	return prev, fmt.Sprintf("routes.json can not be used (%v): serving the table before it", err), nil
}

func (f *stateFile) read(suffix string) (kept, error) {
	b, err := os.ReadFile(f.path(suffix))
	if err != nil {
		return kept{}, err
	}
	at := bytes.LastIndex(b, []byte("\nsha256:"))
	if at < 0 {
		return kept{}, errors.New("its end is missing")
	}
	sum := sha256.Sum256(b[:at])
	if string(b[at:]) != "\nsha256:"+hex.EncodeToString(sum[:])+"\n" {
		return kept{}, errors.New("its checksum is wrong")
	}
	var k kept
	if err := json.Unmarshal(b[:at], &k); err != nil {
		return kept{}, err
	}
	if k.Format != stateFormat {
		return kept{}, fmt.Errorf("its format is %d, not %d", k.Format, stateFormat)
	}
	return k, nil
}

// writeSynced writes a file only its owner can read, down to the disk.
func writeSynced(path string, b []byte) (err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if e := file.Close(); err == nil {
			err = e
		}
	}()
	if _, err := file.Write(b); err != nil {
		return err
	}
	return file.Sync()
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
