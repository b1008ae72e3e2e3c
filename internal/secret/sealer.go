package secret

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"filippo.io/age"

	"github.com/davit-cd/davit"
)

// Sealer seals and opens secrets. Its methods may be called at the same time.
type Sealer struct {
	path string // of the key file; empty if the keys came from the environment

	mu   sync.RWMutex
	keys []key // the newest last
}

// Options say where the keys are; the first that is set counts.
type Options struct {
	Keys string // the keys themselves, one a line; default: what Variable holds
	File string // a key file; default: secret.age in the folder
}

// Open loads the keys. If none are given and dir has none, it makes one in
// dir/secret.age. Without its keys no secret can be opened again: they belong in
// the backup, but not beside the database.
func Open(dir string, o Options) (*Sealer, error) {
	if o.Keys == "" {
		o.Keys = os.Getenv(Variable)
	}
	if o.Keys != "" {
		keys, err := parse([]byte(o.Keys))
		if err != nil {
			return nil, &davit.Error{Kind: davit.Invalid, Text: "read the secret key in " + Variable, Err: err}
		}
		return &Sealer{keys: keys}, nil
	}
	s := &Sealer{path: o.File}
	if s.path == "" {
		s.path = filepath.Join(dir, "secret.age")
	}
	err := s.load()
	if errors.Is(err, fs.ErrNotExist) && o.File == "" {
		if err = s.create(); err == nil {
			err = s.load()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open secret key: %w", err)
	}
	return s, nil
}

func (s *Sealer) load() error {
	text, err := readKeys(s.path)
	if err != nil {
		return err
	}
	keys, err := parse(text)
	if err != nil {
		return &davit.Error{Kind: davit.Invalid, Text: "key file " + s.path, Hint: "restore it from a backup; a new key opens no old secret", Err: err}
	}
	s.keys = keys
	return nil
}

func (s *Sealer) create() error {
	k, err := NewKey()
	if err != nil {
		return err
	}
	head := "# Davit's secret key. Without it no secret can be opened. Keep a copy, apart from the database.\n"
	return writeKeys(s.path, []byte(head+k+"\n"), true)
}

// Rotate adds a key, which seals from now on. Reseal moves old secrets over.
func (s *Sealer) Rotate() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.path == "" {
		return &davit.Error{Kind: davit.Conflict, Text: "rotate the secret key: it comes from " + Variable, Hint: "add a key as the last line of " + Variable + " and start again"}
	}
	text, err := readKeys(s.path)
	if err != nil {
		return fmt.Errorf("rotate the secret key: %w", err)
	}
	k, err := NewKey()
	if err != nil {
		return err
	}
	text = append(append(bytes.TrimRight(text, "\n"), '\n'), k+"\n"...)
	keys, err := parse(text)
	if err != nil {
		return fmt.Errorf("rotate the secret key: %w", err)
	}
	if err := writeKeys(s.path, text, false); err != nil {
		return fmt.Errorf("rotate the secret key: %w", err)
	}
	s.keys = keys
	return nil
}

// Seal seals a value for one service, environment and name.
func (s *Sealer) Seal(service, environment, name string, value []byte) ([]byte, error) {
	if err := errors.Join(CheckName(name), CheckValue(name, value)); err != nil {
		return nil, err
	}
	s.mu.RLock()
	newest := s.keys[len(s.keys)-1]
	s.mu.RUnlock()
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, newest.recipient)
	if err != nil {
		return nil, fmt.Errorf("seal secret %s: %w", name, err)
	}
	_, err = w.Write(append(header(service, environment, name), value...))
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("seal secret %s: %w", name, err)
	}
	return sealed.Bytes(), nil
}

// Unseal opens what Seal made for the same service, environment and name.
func (s *Sealer) Unseal(service, environment, name string, sealed []byte) ([]byte, error) {
	s.mu.RLock()
	keys := s.keys
	s.mu.RUnlock()
	var ids []age.Identity
	for _, key := range slices.Backward(keys) {
		ids = append(ids, key.Identity)
	}
	plain, err := open(sealed, ids)
	if _, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
		return nil, &davit.Error{
			Kind: davit.Internal, Text: "open secret " + name + ": it was sealed with a key that is not here",
			Hint: "restore the key file from a backup, or set the secret again",
		}
	}
	if err != nil {
		return nil, &davit.Error{Kind: davit.Internal, Text: "open secret " + name + ": it was changed after it was sealed", Hint: "set the secret again", Err: err}
	}
	value, ok := bytes.CutPrefix(plain, header(service, environment, name))
	if !ok {
		return nil, &davit.Error{
			Kind: davit.Internal, Text: fmt.Sprintf("open secret %s of %s in %q: it was sealed for another service, environment or name", name, service, environment),
			Hint: "somebody has exchanged entries of the database; find out who, and set the secret again",
		}
	}
	return value, nil
}

// Reseal returns the secret sealed with the newest key, and whether it was not
// yet.
func (s *Sealer) Reseal(service, environment, name string, sealed []byte) ([]byte, bool, error) {
	value, err := s.Unseal(service, environment, name, sealed)
	if err != nil {
		return nil, false, err
	}
	s.mu.RLock()
	newest := s.keys[len(s.keys)-1]
	s.mu.RUnlock()
	if _, err := open(sealed, []age.Identity{newest.Identity}); err == nil {
		return sealed, false, nil
	}
	again, err := s.Seal(service, environment, name, value)
	return again, err == nil, err
}

// Keys returns how many keys there are: one, and one more for each rotation.
func (s *Sealer) Keys() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.keys)
}

func open(sealed []byte, ids []age.Identity) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(sealed), ids...)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, MaxValue+1<<12))
}
