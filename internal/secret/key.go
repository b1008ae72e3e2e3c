package secret

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"

	"github.com/davit-cd/davit"
)

// Variable is the environment variable that may hold the keys.
const Variable = "DAVIT_SECRET_KEY"

// key opens what it has sealed.
type key struct {
	age.Identity
	recipient age.Recipient
}

// NewKey returns a new key as text, one line, to be kept in Variable or a file.
func NewKey() (string, error) {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		return "", fmt.Errorf("make a secret key: %w", err)
	}
	return id.String(), nil
}

// parse reads keys, one a line, the newest last. Its errors quote nothing: what
// cannot be read may still be a key.
func parse(text []byte) ([]key, error) {
	ids, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return nil, errors.New("there is a line that is no key: want AGE-SECRET-KEY-… as davit or age-keygen writes it")
	}
	keys := make([]key, 0, len(ids))
	for _, id := range ids {
		switch id := id.(type) {
		case *age.HybridIdentity:
			keys = append(keys, key{id, id.Recipient()})
		case *age.X25519Identity:
			keys = append(keys, key{id, id.Recipient()})
		default:
			return nil, errors.New("there is a key of a kind that cannot seal")
		}
	}
	return keys, nil
}

// readKeys reads a key file, which nobody else may be able to read.
func readKeys(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, &davit.Error{
			Kind: davit.Invalid, Text: fmt.Sprintf("key file %s can be read by others (mode %04o)", path, info.Mode().Perm()),
			Hint: "chmod 600 " + path,
		}
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(f); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// writeKeys writes a key file whole or not at all. If first, it must be new.
func writeKeys(path string, text []byte, first bool) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".secret-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if first {
		// Two servers that start at once must end up with one key.
		if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	} else if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
