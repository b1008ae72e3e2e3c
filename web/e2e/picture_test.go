package e2e_test

import (
	"cmp"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

const (
	kept  = "screenshots"     // what somebody has looked at
	fresh = "screenshots/new" // what looks different now, to be looked at; not committed

	// A font or a version of the browser moves letters a little. That is said,
	// and no failure; another order of the page is one.
	cell        = 24   // pixels of a side of what is compared as one
	littleMoved = 0.02 // mean difference of cells, of 1, that is not worth a word
	muchMoved   = 0.16 // mean difference that is another page
	muchLonger  = 0.35 // share by which the height may differ
)

// compare holds one screenshot against the kept one.
func compare(t *testing.T, taken string) {
	t.Helper()
	name := filepath.Base(taken)
	now, err := readPicture(taken)
	if err != nil {
		t.Fatal(err)
	}
	before, err := readPicture(filepath.Join(kept, name))
	if errors.Is(err, fs.ErrNotExist) || *update {
		if err := writePicture(filepath.Join(kept, name), now); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s is kept as it looks now: look at it", name)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	moved, longer := difference(before, now), ratio(before.Bounds().Dy(), now.Bounds().Dy())
	if moved < littleMoved && longer == 0 && before.Bounds().Dx() == now.Bounds().Dx() {
		_ = os.Remove(filepath.Join(fresh, name)) // from an earlier run
		return
	}
	if err := writePicture(filepath.Join(fresh, name), now); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%s: %.1f %% different, height %d before and %d now; compare web/e2e/%s/%s with web/e2e/%s/%s and take it with make screenshots",
		name, 100*moved, before.Bounds().Dy(), now.Bounds().Dy(), kept, name, fresh, name)
	if moved > muchMoved || longer > muchLonger || before.Bounds().Dx() != now.Bounds().Dx() {
		t.Error(text)
		return
	}
	t.Log("LOOKS DIFFERENT " + text)
}

func ratio(a, b int) float64 { return float64(max(a, b)-min(a, b)) / float64(max(a, b)) }

// difference is the mean difference in brightness of the cells that both have.
func difference(a, b image.Image) float64 {
	size := a.Bounds().Intersect(b.Bounds())
	sum, n := 0.0, 0
	for y := size.Min.Y; y+cell <= size.Max.Y; y += cell {
		for x := size.Min.X; x+cell <= size.Max.X; x += cell {
			d := brightness(a, x, y) - brightness(b, x, y)
			sum, n = sum+max(d, -d), n+1
		}
	}
	if n == 0 {
		return 1
	}
	return sum / float64(n)
}

func brightness(p image.Image, x0, y0 int) float64 {
	sum := 0.0
	for y := y0; y < y0+cell; y += 3 {
		for x := x0; x < x0+cell; x += 3 {
			sum += float64(color.GrayModel.Convert(p.At(x, y)).(color.Gray).Y)
		}
	}
	return sum / (255 * (cell / 3) * (cell / 3))
}

func readPicture(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return png.Decode(f)
}

// writePicture writes a picture small: with at most 128 colours.
func writePicture(path string, p image.Image) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	e := png.Encoder{CompressionLevel: png.BestCompression}
	return errors.Join(e.Encode(f, paletted(p, paletteOf([]image.Image{p}, 128))), f.Close())
}

// paletteOf picks at most n colours of pictures: those that most pixels have,
// none close to one that is picked already.
func paletteOf(pictures []image.Image, n int) color.Palette {
	counts := map[color.RGBA]int{}
	for _, p := range pictures {
		size := p.Bounds()
		for y := size.Min.Y; y < size.Max.Y; y++ {
			for x := size.Min.X; x < size.Max.X; x++ {
				counts[rgba(p.At(x, y))]++
			}
		}
	}
	colours := make([]color.RGBA, 0, len(counts))
	for c := range counts {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(number(a), number(b)))
	})
	picked := color.Palette{}
	for _, apart := range []int{400, 80, 0} { // square of the distance
		for _, c := range colours {
			if len(picked) == n {
				return picked
			}
			if near := nearest(picked, c); near < 0 || near > apart {
				picked = append(picked, c)
			}
		}
	}
	return picked
}

func rgba(c color.Color) color.RGBA {
	r, g, b, _ := c.RGBA()
	return color.RGBA{R: uint8(r >> 8), G: uint8(g >> 8), B: uint8(b >> 8), A: 255} //nolint:gosec // 16 bits to 8
}

func number(c color.RGBA) int { return int(c.R)<<16 | int(c.G)<<8 | int(c.B) }

// nearest is the square of the distance to the nearest colour; -1 if there is none.
func nearest(p color.Palette, c color.RGBA) int {
	best := -1
	for _, other := range p {
		o := other.(color.RGBA)
		r, g, b := int(o.R)-int(c.R), int(o.G)-int(c.G), int(o.B)-int(c.B)
		if d := r*r + g*g + b*b; best < 0 || d < best {
			best = d
		}
	}
	return best
}

// paletted draws a picture with the colours of a palette.
func paletted(p image.Image, colours color.Palette) *image.Paletted {
	size := p.Bounds()
	out := image.NewPaletted(image.Rect(0, 0, size.Dx(), size.Dy()), colours)
	known := map[color.RGBA]uint8{}
	for y := range size.Dy() {
		for x := range size.Dx() {
			c := rgba(p.At(size.Min.X+x, size.Min.Y+y))
			i, ok := known[c]
			if !ok {
				i = uint8(colours.Index(c)) //nolint:gosec // a palette has at most 256 colours
				known[c] = i
			}
			out.SetColorIndex(x, y, i)
		}
	}
	return out
}
