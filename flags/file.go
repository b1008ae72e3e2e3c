package flags

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/davit-cd/davit/internal/flag"
)

// Where a set came from.
const (
	fromServer = "server"
	fromFile   = "file"
)

// kept is what the file holds.
type kept struct {
	Set      string          `json:"set"`
	Revision string          `json:"revision"`
	Hash     int             `json:"hash"`
	Document json.RawMessage `json:"document"`
}

// readFile takes the set from the file, if there is a good one.
func (c *Client) readFile() {
	if c.o.File == "" {
		return
	}
	b, err := os.ReadFile(c.o.File)
	if errors.Is(err, fs.ErrNotExist) && c.o.Endpoint != "" {
		return // the first start
	}
	var k kept
	if err == nil {
		err = json.Unmarshal(b, &k)
	}
	if err == nil && k.Set != c.o.Set {
		err = fmt.Errorf("it holds the set %q", k.Set)
	}
	if err == nil {
		err = c.take(k, fromFile)
	}
	if err != nil {
		err = fmt.Errorf("read the last good flags from %s: %w", c.o.File, err)
		c.o.Log.Warn("the file of the last good flags is of no use", "error", err)
		c.note(func() { c.err = err })
	}
}

// take makes k the set that answers come from, if it is good.
func (c *Client) take(k kept, source string) error {
	set, _, err := flag.Parse(k.Document, flag.ParseOptions{Lenient: true, Hash: k.Hash})
	if err != nil {
		return err
	}
	c.held.Store(&held{set: set, revision: k.Revision, source: source})
	return nil
}

// writeFile keeps k: whoever reads the file finds this set or the one before,
// whole, whenever the power fails.
func (c *Client) writeFile(k kept) error {
	b, err := json.Marshal(k)
	if err != nil {
		return err
	}
	dir := filepath.Dir(c.o.File)
	f, err := os.CreateTemp(dir, filepath.Base(c.o.File)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), c.o.File)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	if d, err := os.Open(dir); err == nil { // not every system can do this
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}
