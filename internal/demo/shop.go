package demo

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// shopArchive is examples/go; a test holds the two together.
//
//go:embed shop.txtar
var shopArchive []byte

// config is the sample's davit.yaml with what the demo asks for on top: short
// holds, so that the evidence alone says how long a rollout takes, and the word
// that its instances have no bursts, which minutes of a demo could not show.
const config = `service: shop

test: CGO_ENABLED=0 go test -trimpath ./...
build: CGO_ENABLED=0 go build -trimpath -o out/shop .
package: out
run:
  command: ./shop
  health: /healthz

environments:
  staging:
    instances: 1
    strategy: {rolling: {hold: 1s}}
    settle: 0s
  production:
    instances: 2
    strategy: {canary: {steps: [20, 50], hold: 1s}}
    judge: {min_bake: 3s, burst: 0s}
    settle: 1s
`

// push is one commit of the demo's story.
type push struct {
	name  string
	edits []edit
	want  want
}

// edit replaces text in a file.
type edit struct{ file, old, new string }

// want is what must come of a push.
type want struct {
	outcome string // "promoted", "rolled back", "stopped"
	by      string // a part of who decided
}

// story returns the pushes in order. Each bad one is mended by the next.
func story() []push {
	const behaviour = "behaviour.go"
	return []push{
		{name: "first version", want: want{"promoted", ""}},
		{
			name: "a new greeting", want: want{"promoted", "judge"},
			edits: []edit{{behaviour, "Welcome to the chandlery.", "Welcome aboard the chandlery."}},
		},
		{
			name: "fails 5 % of its requests", want: want{"rolled back", "errors"},
			edits: []edit{{behaviour, "failShare    = 0.0 ", "failShare    = 0.05"}},
		},
		{
			name: "slow requests 3 × slower", want: want{"rolled back", "latency"},
			edits: []edit{{behaviour, "failShare    = 0.05", "failShare    = 0.0 "}, {behaviour, "slowTail     = 1.0", "slowTail     = 3.0"}},
		},
		{
			name: "crashes at start", want: want{"rolled back", "start"},
			edits: []edit{{behaviour, "slowTail     = 3.0", "slowTail     = 1.0"}, {behaviour, "crashAtStart = false", "crashAtStart = true "}},
		},
		{
			name: "a test fails", want: want{"stopped", "test"},
			edits: []edit{{behaviour, "crashAtStart = true ", "crashAtStart = false"}, {"cart.go", "l.Cents * l.Count", "l.Cents"}},
		},
	}
}

// writeShop lays out the sample service.
func writeShop(dir string) error {
	for _, f := range txtar.Parse(shopArchive).Files {
		data := f.Data
		if f.Name == "davit.yaml" {
			data = []byte(config)
		}
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("write sample: %w", err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return fmt.Errorf("write sample: %w", err)
		}
	}
	return nil
}

// apply makes the edits of a push.
func (p push) apply(dir string) error {
	for _, e := range p.edits {
		path := filepath.Join(dir, e.file)
		data, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("edit sample: %w", err)
		}
		if strings.Count(string(data), e.old) != 1 {
			return fmt.Errorf("edit sample: %s does not hold %q once", e.file, e.old)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(data), e.old, e.new, 1)), 0o644); err != nil {
			return fmt.Errorf("edit sample: %w", err)
		}
	}
	return nil
}
