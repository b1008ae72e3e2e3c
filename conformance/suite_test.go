package conformance

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// suite returns a file or folder of a public suite, or skips.
func suite(t *testing.T, name string, parts ...string) string {
	t.Helper()
	folder, why := "", ""
	if root := os.Getenv("DAVIT_CONFORMANCE"); root != "" {
		folder = filepath.Join(root, name)
	} else if folder, why = packaged(name); why != "" {
		t.Skip("NOT TESTED: " + why)
	}
	path := filepath.Join(append([]string{folder}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	return path
}

// packaged is the folder of a suite that comes in a package which it is a part
// of; or why it is not there.
func packaged(name string) (folder, why string) {
	switch name {
	case "flagd-schemas":
		return schemasModule()
	case "growthbook": // GrowthBook's Go SDK brings its cases along
		return growthbookModule()
	case "client-specification":
		return filepath.Join("js", "node_modules", "@unleash", "client-specification"), installed()
	}
	return "", name + " is in no package: set DAVIT_CONFORMANCE to the folder with the public suites' checkouts (see conformance/doc.go)"
}

var (
	schemasModule    = sync.OnceValues(func() (string, string) { return module("github.com/open-feature/flagd-schemas@v0.2.13") })
	growthbookModule = sync.OnceValues(func() (string, string) { return module("github.com/growthbook/growthbook-golang@v0.7.0") })
)

// module is the folder of a Go module, which is fetched if it is not there.
func module(version string) (folder, why string) {
	get := exec.Command("go", "mod", "download", "-json", version)
	get.Dir = os.TempDir() // outside of this module, which does not need it
	out, err := get.Output()
	var got struct{ Dir, Error string }
	if fault := json.Unmarshal(out, &got); fault != nil || got.Error != "" || got.Dir == "" {
		return "", fmt.Sprintf("the Go module %s cannot be fetched: %v %s", version, err, got.Error)
	}
	return got.Dir, ""
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
