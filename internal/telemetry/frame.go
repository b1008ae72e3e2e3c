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

// frames calls f with the payload of each whole frame of b and returns where
// the last whole frame ends. A frame that is damaged inside is passed over; one
// that reaches beyond the end is a torn tail.
func frames(b []byte, f func(payload []byte)) (end int) {
	for at := 0; len(b)-at >= frameHead; {
		n := int(binary.LittleEndian.Uint32(b[at:]))
		next := at + frameHead + n
		if next > len(b) {
			break
		}
		payload := b[at+frameHead : next : next]
		if n > 0 && checksum(payload) == binary.LittleEndian.Uint32(b[at+4:]) {
			f(payload)
			end = next
		}
		at = next
	}
	return end
}
