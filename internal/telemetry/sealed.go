package telemetry

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
)

// A sealed file is a block for each series, a directory of them, and a tail of
// 16 bytes that says where the directory is.
const (
	sealedTail  = 16
	sealedMagic = "davittm1"
)

// block says where the samples of a series are in a sealed file.
type block struct {
	key
	at, size int64
}

// writeSealed writes the samples of an hour and syncs the file.
func writeSealed(path string, start int64, c content) (failed error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { failed = errors.Join(failed, f.Close()) }()
	w := bufio.NewWriterSize(f, 256<<10)
	squeeze, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		return err
	}
	var at int64
	directory := beginFrame(nil)
	for _, k := range slices.SortedFunc(maps.Keys(c), compareKeys) {
		frame, err := sealBlock(squeeze, start, c[k])
		if err != nil {
			return err
		}
		if _, err := w.Write(frame); err != nil {
			return err
		}
		directory = k.append(directory)
		directory = binary.AppendUvarint(directory, uint64(at))
		directory = binary.AppendUvarint(directory, uint64(len(frame)))
		at += int64(len(frame))
	}
	directory = endFrame(directory, 0)
	directory = binary.LittleEndian.AppendUint64(directory, uint64(at))
	directory = append(directory, sealedMagic...)
	if _, err := w.Write(directory); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Sync()
}

// sealBlock returns the frame with the samples of one series.
func sealBlock(squeeze *flate.Writer, start int64, samples []encoded) ([]byte, error) {
	var raw []byte
	last := start
	for _, e := range samples {
		raw = binary.AppendUvarint(raw, uint64(e.second-last))
		raw = binary.AppendUvarint(raw, uint64(len(e.body)))
		raw = append(raw, e.body...)
		last = e.second
	}
	out := bytes.NewBuffer(beginFrame(nil))
	squeeze.Reset(out)
	if _, err := squeeze.Write(raw); err != nil {
		return nil, err
	}
	if err := squeeze.Close(); err != nil {
		return nil, err
	}
	return endFrame(out.Bytes(), 0), nil
}

// addSealed adds the matching series of a sealed file, reading only their blocks.
func (c content) addSealed(path string, start int64, match func(key) bool) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	blocks, err := readDirectory(f)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	var damaged error
	for _, b := range blocks {
		if !match(b.key) {
			continue
		}
		err := c.addBlock(f, start, b)
		switch {
		case errors.Is(err, errTorn):
			damaged = errors.Join(damaged, fmt.Errorf("read %s of %s in %s: %w", b.release, b.service, path, err))
		case err != nil:
			return err
		}
	}
	return damaged
}

func readDirectory(f *os.File) ([]block, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	end := info.Size() - sealedTail
	if end < 0 {
		return nil, errTorn
	}
	tail := make([]byte, sealedTail)
	if _, err := f.ReadAt(tail, end); err != nil {
		return nil, err
	}
	if string(tail[8:]) != sealedMagic {
		return nil, errTorn
	}
	at := int64(binary.LittleEndian.Uint64(tail))
	payload, err := readFrame(f, at, end-at)
	if err != nil {
		return nil, err
	}
	var all []block
	r := &reader{rest: payload}
	for len(r.rest) > 0 {
		all = append(all, block{key: readKey(r), at: int64(r.number()), size: int64(r.number())})
	}
	return all, r.err
}

// readFrame returns the payload of the frame of this place and size.
func readFrame(f *os.File, at, size int64) ([]byte, error) {
	if at < 0 || size < frameHead || size > 1<<30 {
		return nil, errTorn
	}
	b := make([]byte, size)
	if _, err := f.ReadAt(b, at); errors.Is(err, io.EOF) {
		return nil, errTorn
	} else if err != nil {
		return nil, err
	}
	if !intact(b) {
		return nil, errTorn
	}
	return b[frameHead:], nil
}

func (c content) addBlock(f *os.File, start int64, b block) error {
	payload, err := readFrame(f, b.at, b.size)
	if err != nil {
		return err
	}
	raw, err := io.ReadAll(flate.NewReader(bytes.NewReader(payload)))
	if err != nil {
		return errors.Join(errTorn, err)
	}
	r := &reader{rest: raw}
	for second := start; len(r.rest) > 0; {
		second += int64(r.number())
		c[b.key] = append(c[b.key], encoded{second, r.bytes()})
	}
	return r.err
}
