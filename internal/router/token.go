package router

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ProbeToken returns the token with which Davit proves to its router that a
// request is its own. It is made once and kept in the data folder.
func ProbeToken(data string) (string, error) {
	path := filepath.Join(data, "router", "probe.token")
	for range 2 {
		b, err := os.ReadFile(path)
		if err == nil && len(strings.TrimSpace(string(b))) >= 32 {
			return strings.TrimSpace(string(b)), nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("read probe token: %w", err)
		}
		if err := makeToken(path); err != nil {
			return "", fmt.Errorf("make probe token: %w", err)
		}
	}
	return "", errors.New("read probe token: it is too short")
}

// makeToken writes a token; if another process was faster, that one's stays.
func makeToken(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	var raw [24]byte
	if _, err := rand.Read(raw[:]); err != nil {
		return err
	}
	tmp := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := writeSynced(tmp, []byte(hex.EncodeToString(raw[:])+"\n")); err != nil {
		return err
	}
	defer os.Remove(tmp)
	if err := os.Link(tmp, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// sameToken compares in constant time; an empty token proves nothing.
func sameToken(got, want string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}
