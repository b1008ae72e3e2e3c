package demo

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite shop.txtar from examples/go")

// TestShopIsTheExample holds that the demo deploys what examples/go shows.
func TestShopIsTheExample(t *testing.T) {
	root := filepath.Join("..", "..", "examples", "go")
	var archive txtar.Archive
	archive.Comment = []byte("The sample service of the demo: a copy of examples/go, made by go test ./internal/demo -update.\n")
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() || e.Name() == "README.md" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(root, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		archive.Files = append(archive.Files, txtar.File{Name: e.Name(), Data: data})
	}
	want := txtar.Format(&archive)
	if *update {
		if err := os.WriteFile("shop.txtar", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(want, shopArchive) {
		t.Error("shop.txtar is not examples/go any more: run go test ./internal/demo -update")
	}
}

// TestStoryCanBeTold holds that every edit finds what it replaces.
func TestStoryCanBeTold(t *testing.T) {
	dir := t.TempDir()
	if err := writeShop(dir); err != nil {
		t.Fatal(err)
	}
	for _, p := range story() {
		if err := p.apply(dir); err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
	}
}
