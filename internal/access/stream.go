package access

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"github.com/davit-cd/davit"
)

// A browser cannot send a header when it opens an event stream, so the address
// of a stream carries a credential of its own. It names the token it was made
// for by that token's hash, which is good for nothing else, and is valid until
// the end of the window after the one it was made in: in one window all
// addresses for a token and a flag set are the same, so that a client sees
// whether it is connected to the right one.
const (
	streamPrefix = "dvs_"
	streamWindow = time.Hour
	streamHead   = sha256.Size + 8 // hash and end
	streamSeal   = 16              // bytes of the seal; nobody can guess it by asking
)

// NewStreamToken makes the credential of an event stream of one flag set, for
// the bearer of the token with this hash. key is the server's own secret.
func NewStreamToken(key []byte, hash, set string, now time.Time) string {
	head, err := hex.DecodeString(hash)
	if err != nil || len(head) != sha256.Size {
		return ""
	}
	end := now.Truncate(streamWindow).Add(2 * streamWindow)
	body := append(binary.BigEndian.AppendUint64(head, uint64(end.Unix())), set...)
	return streamPrefix + base64.RawURLEncoding.EncodeToString(append(body, streamSealOf(key, body)...))
}

// ReadStreamToken returns for which token, by its hash, and for which flag set
// a stream's credential was made; Unauthorized if it was not made with key or
// is over.
func ReadStreamToken(key []byte, s string, now time.Time) (hash, set string, err error) {
	text, ok := strings.CutPrefix(s, streamPrefix)
	raw, broken := base64.RawURLEncoding.DecodeString(text)
	if !ok || broken != nil || len(raw) < streamHead+streamSeal || len(key) == 0 {
		return "", "", badStream("this is not the credential of an event stream")
	}
	body, seal := raw[:len(raw)-streamSeal], raw[len(raw)-streamSeal:]
	if !hmac.Equal(seal, streamSealOf(key, body)) {
		return "", "", badStream("the credential of this event stream is not from here")
	}
	if end := int64(binary.BigEndian.Uint64(body[sha256.Size:])); now.Unix() >= end {
		return "", "", badStream("the credential of this event stream is over")
	}
	return hex.EncodeToString(body[:sha256.Size]), string(body[streamHead:]), nil
}

func streamSealOf(key, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("davit event stream\x00"))
	mac.Write(body)
	return mac.Sum(nil)[:streamSeal]
}

func badStream(text string) error {
	return &davit.Error{Kind: davit.Unauthorized, Text: text, Hint: "evaluate the flags again: the answer has the stream's address"}
}
