package e2e_test

import (
	"encoding/json"
	"flag"
	"image"
	"image/color"
	"image/gif"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var takePictures = flag.Bool("pictures", false, "take the pictures of README and docs anew, from the running demo")

const (
	picturesDir   = "../../docs/pictures"
	mostRecording = 1_500_000 // bytes
	colours       = 96        // of the recording; one more is for what stays
	lastFrame     = 400       // hundredths of a second that the end stands still
)

// TestPictures takes the pictures of README and docs from the running demo.
func TestPictures(t *testing.T) {
	if !*takePictures {
		t.Skip("the pictures of README and docs are taken by make pictures")
	}
	need(t)
	shots, frames := t.TempDir(), t.TempDir()
	link, ctx := demo(t)
	browseIn(ctx, t, "pictures", map[string]any{"link": link, "shots": shots, "frames": frames})
	names, err := filepath.Glob(filepath.Join(shots, "*.png"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no pictures were taken: %v", err)
	}
	for _, name := range names {
		p, err := readPicture(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := writePicture(filepath.Join(picturesDir, filepath.Base(name)), p); err != nil {
			t.Fatal(err)
		}
	}
	record(t, frames, filepath.Join(picturesDir, "rollback.gif"))
}

// record makes a recording of frames: only what changed is drawn.
func record(t *testing.T, dir, path string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "times.json"))
	if err != nil {
		t.Fatal(err)
	}
	var times []int
	if err := json.Unmarshal(raw, &times); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.png"))
	if err != nil || len(names) != len(times) || len(names) < 2 {
		t.Fatalf("%d frames, %d times, %v", len(names), len(times), err)
	}
	slices.Sort(names)
	frames := make([]image.Image, 0, len(names))
	for _, name := range names {
		p, err := readPicture(name)
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, p)
	}
	palette := paletteOf([]image.Image{frames[0], frames[len(frames)/2], frames[len(frames)-1]}, colours)
	film := &gif.GIF{}
	var before *image.Paletted
	for i, frame := range frames {
		now := paletted(frame, palette)
		took := lastFrame
		if i+1 < len(times) {
			took = (times[i+1] - times[i]) / 10
		}
		changed := change(before, now)
		before = now
		if changed == nil {
			film.Delay[len(film.Delay)-1] += took
			continue
		}
		film.Image, film.Delay, film.Disposal = append(film.Image, changed), append(film.Delay, took), append(film.Disposal, gif.DisposalNone)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := gif.EncodeAll(f, film); err != nil {
		t.Fatal(err)
	}
	at, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d frames, %d bytes", path, len(film.Image), at.Size())
	if at.Size() > mostRecording {
		t.Errorf("the recording has %d bytes, at most %d are allowed", at.Size(), mostRecording)
	}
}

// change returns the part of now that differs from before, with what does not
// differ in it left out; nil if nothing differs.
func change(before, now *image.Paletted) *image.Paletted {
	nothing := uint8(len(now.Palette)) //nolint:gosec // a palette has at most 256 colours
	palette := append(slices.Clone(now.Palette), color.RGBA{})
	if before == nil {
		return &image.Paletted{Pix: now.Pix, Stride: now.Stride, Rect: now.Rect, Palette: palette}
	}
	var part image.Rectangle
	for y := range now.Rect.Dy() {
		for x := range now.Rect.Dx() {
			if now.ColorIndexAt(x, y) != before.ColorIndexAt(x, y) {
				part = part.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	if part.Empty() {
		return nil
	}
	out := image.NewPaletted(part, palette)
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			i := now.ColorIndexAt(x, y)
			if i == before.ColorIndexAt(x, y) {
				i = nothing
			}
			out.SetColorIndex(x, y, i)
		}
	}
	return out
}
