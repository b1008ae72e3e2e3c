package telemetry

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"

	"github.com/davit-cd/davit"
)

// hour is the span of one file, in seconds.
const hour = 3600

// hourOf returns the first second of the hour of a second.
func hourOf(second int64) int64 { return second - ((second%hour)+hour)%hour }

// hourLog is the file that samples of one hour are appended to.
type hourLog struct {
	file  *os.File
	size  int64 // where the last whole frame ends
	start int64 // first second of the hour
	ids   map[key]uint64
	next  uint64 // the lowest number that no series has
}

// openLog opens a log for appending, and cuts off a torn tail.
func openLog(path string, start int64) (*hourLog, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	l := &hourLog{file: f, start: start, ids: map[key]uint64{}}
	b, err := io.ReadAll(f)
	if err == nil {
		l.size, err = readLog(b, start, func(id uint64, k key) {
			l.ids[k] = id
			l.next = max(l.next, id+1)
		}, nil)
	}
	if err == nil || errors.Is(err, errTorn) { // damage in the middle does not keep it from growing
		err = f.Truncate(l.size)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

// append writes samples and syncs them. bodies are the samples encoded. Nothing
// of it counts unless all of it is on disk.
func (l *hourLog) append(samples []davit.Sample, bodies [][]byte) error {
	frame, begin := beginFrame(nil), 0
	made := map[key]uint64{}
	for i := range samples {
		if len(frame)-begin > mostFrame/2 {
			frame = endFrame(frame, begin)
			begin = len(frame)
			frame = beginFrame(frame)
		}
		k := keyOf(&samples[i])
		id, known := l.ids[k]
		if !known {
			id, known = made[k]
		}
		if !known {
			id = l.next + uint64(len(made))
			made[k] = id
			frame = binary.AppendUvarint(frame, id<<1|1)
			frame = k.append(frame)
		}
		frame = binary.AppendUvarint(frame, id<<1)
		frame = binary.AppendUvarint(frame, uint64(samples[i].Second-l.start))
		frame = binary.AppendUvarint(frame, uint64(len(bodies[i])))
		frame = append(frame, bodies[i]...)
	}
	frame = endFrame(frame, begin)
	if err := l.write(frame); err != nil {
		return errors.Join(err, l.file.Truncate(l.size))
	}
	l.size += int64(len(frame))
	maps.Copy(l.ids, made)
	l.next += uint64(len(made))
	return nil
}

func (l *hourLog) write(frame []byte) error {
	if _, err := l.file.WriteAt(frame, l.size); err != nil {
		return err
	}
	return l.file.Sync()
}

// readLog reads the content of a log: define is called for each series, sample
// for each sample; either may be nil. It returns where the last whole frame ends,
// and an error if something before that is damaged; the rest was read.
func readLog(b []byte, start int64, define func(uint64, key), sample func(id uint64, second int64, body []byte)) (int64, error) {
	var failed error
	end, damaged := frames(b, func(payload []byte) {
		for r := (&reader{rest: payload}); len(r.rest) > 0; {
			tag := r.number()
			if tag&1 == 1 {
				k := readKey(r)
				if r.err == nil && define != nil {
					define(tag>>1, k)
				}
				continue
			}
			second := start + int64(r.number())
			body := r.bytes()
			if r.err != nil {
				failed = fmt.Errorf("read telemetry of hour %d: %w", start, r.err)
				return
			}
			if sample != nil {
				sample(tag>>1, second, body)
			}
		}
	})
	if damaged && failed == nil {
		failed = fmt.Errorf("read telemetry of hour %d: %w", start, errTorn)
	}
	return int64(end), failed
}
