package study

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/davit-cd/davit/internal/experiment"
)

// study is one log with its files.
type study struct {
	folder string
	design experiment.Design

	mu         sync.Mutex
	log        *experiment.Log
	generation uint64
	frames     *os.File
	size       int64
	snapped    int64 // size of the last snapshot
}

// frameHead is a length and a checksum (CRC-32C).
const frameHead = 8

// snapAfter is how large a frames file grows before it is folded, unless the
// snapshot is larger.
const snapAfter = 8 << 20

// mostFrame bounds a frame.
const mostFrame = 64 << 20

func (s *study) path(name string) string { return filepath.Join(s.folder, name) }

// begin makes an empty study.
func (s *study) begin(head []byte) error {
	if err := os.RemoveAll(s.folder); err != nil {
		return err
	}
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return err
	}
	return replace(s.path("design.json"), head)
}

// read folds snapshot and frames.
func (s *study) read() error {
	s.log = experiment.NewLog(s.design)
	b, err := os.ReadFile(s.path("snap"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case len(b) < 8:
		return errors.New("its snapshot is cut short")
	default:
		s.generation = binary.LittleEndian.Uint64(b)
		if s.log, err = experiment.Restore(s.design, b[8:]); err != nil {
			return err
		}
		s.snapped = int64(len(b))
	}
	old, err := filepath.Glob(s.path("log.*"))
	if err != nil {
		return err
	}
	for _, path := range old {
		if path != s.framesPath() {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	return s.replay()
}

func (s *study) framesPath() string { return s.path(fmt.Sprintf("log.%d", s.generation)) }

// replay takes the frames in and cuts off a torn end.
func (s *study) replay() error {
	f, err := os.OpenFile(s.framesPath(), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(s.framesPath())
	if err != nil {
		return errors.Join(err, f.Close())
	}
	end := 0
	for len(b)-end >= frameHead {
		n := int(binary.LittleEndian.Uint32(b[end:]))
		if n > mostFrame || len(b)-end-frameHead < n {
			break
		}
		body := b[end+frameHead : end+frameHead+n]
		var items []experiment.Item
		if crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)) != binary.LittleEndian.Uint32(b[end+4:]) || json.Unmarshal(body, &items) != nil {
			break
		}
		for _, i := range items {
			s.log.Take(i)
		}
		end += frameHead + n
	}
	if err := f.Truncate(int64(end)); err != nil {
		return errors.Join(err, f.Close())
	}
	s.frames, s.size = f, int64(end)
	return nil
}

// take writes items, syncs and takes them in.
func (s *study) take(items []experiment.Item) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.frames == nil {
		return 0, os.ErrClosed
	}
	body, err := json.Marshal(items)
	if err != nil {
		return 0, err
	}
	frame := make([]byte, frameHead, frameHead+len(body))
	binary.LittleEndian.PutUint32(frame, uint32(len(body)))
	binary.LittleEndian.PutUint32(frame[4:], crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
	frame = append(frame, body...)
	if _, err := s.frames.WriteAt(frame, s.size); err != nil {
		return 0, err
	}
	if err := s.frames.Sync(); err != nil {
		return 0, err
	}
	s.size += int64(len(frame))
	n := 0
	for _, i := range items {
		if s.log.Take(i) {
			n++
		}
	}
	if s.size > max(snapAfter, s.snapped) {
		return n, s.fold()
	}
	return n, nil
}

// fold replaces the frames by a snapshot.
func (s *study) fold() error {
	body, err := s.log.Snapshot()
	if err != nil {
		return err
	}
	next := s.generation + 1
	f, err := os.OpenFile(s.path(fmt.Sprintf("log.%d", next)), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := replace(s.path("snap"), append(binary.LittleEndian.AppendUint64(nil, next), body...)); err != nil {
		return errors.Join(err, f.Close())
	}
	old, path := s.frames, s.framesPath()
	s.frames, s.size, s.generation, s.snapped = f, 0, next, int64(len(body)+8)
	return errors.Join(old.Close(), os.Remove(path))
}

func (s *study) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.frames != nil {
		_ = s.frames.Close()
		s.frames = nil
	}
}

// replace writes a file, whole or not at all.
func replace(path string, b []byte) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
