package telemetry

import (
	"encoding/binary"
	"hash/crc32"
)

// A frame is a length, a checksum and a payload.
const frameHead = 8

// checksums is CRC-32C, which processors compute by themselves.
func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// beginFrame leaves room for the head of a frame.
func beginFrame(b []byte) []byte { return append(b, make([]byte, frameHead)...) }

// endFrame fills in the head of the frame that starts at start.
func endFrame(b []byte, start int) []byte {
	payload := b[start+frameHead:]
	binary.LittleEndian.PutUint32(b[start:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(b[start+4:], checksum(payload))
	return b
}

// mostFrame bounds a frame of a log, so that finding the next whole one behind
// damage is quick.
const mostFrame = 1 << 20

// frames calls f with the payload of each whole frame of a log and returns
// where the last one ends. What is no whole frame is passed over byte by byte;
// damaged reports whether there was such a thing before a whole frame. Behind
// the last one it is only the torn tail of a write that a crash cut short.
func frames(b []byte, f func(payload []byte)) (end int, damaged bool) {
	for at := 0; len(b)-at >= frameHead; {
		n := int(binary.LittleEndian.Uint32(b[at:]))
		next := at + frameHead + n
		if n == 0 || n > mostFrame || next > len(b) || !intact(b[at:next]) {
			at++
			continue
		}
		damaged = damaged || at != end
		f(b[at+frameHead : next : next])
		at, end = next, next
	}
	return end, damaged
}

// intact reports whether b is one whole frame.
func intact(b []byte) bool {
	return len(b) >= frameHead && len(b)-frameHead == int(binary.LittleEndian.Uint32(b)) &&
		checksum(b[frameHead:]) == binary.LittleEndian.Uint32(b[4:])
}
