package audit

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Checkpoint vouches for the journal up to one line. Kept outside the database
// (printed, sent with each notification, stored elsewhere) it shows a journal
// that was cut or rewritten, even by somebody who can write every hash anew.
type Checkpoint struct {
	Seq  int64
	Hash string
	At   time.Time // when it was made
}

// checkpointTitle keeps a signature from being taken for one over something else.
const checkpointTitle = "davit journal checkpoint v1"

// Text returns what is signed: four lines that people can read.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n%s\n", checkpointTitle, c.Seq, c.Hash, c.At.UTC().Format(timeLayout))
}

// Sign returns the checkpoint with its signature: the text, an empty line, and
// the signature in base64.
func (c Checkpoint) Sign(key ed25519.PrivateKey) []byte {
	text := c.Text()
	return []byte(text + "\n" + base64.StdEncoding.EncodeToString(ed25519.Sign(key, []byte(text))) + "\n")
}

// OpenCheckpoint reads a signed checkpoint and checks its signature.
func OpenCheckpoint(signed []byte, key ed25519.PublicKey) (Checkpoint, error) {
	text, signature, ok := strings.Cut(string(signed), "\n\n")
	text += "\n"
	raw, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSuffix(signature, "\n"))
	if !ok || err != nil || len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, []byte(text), raw) {
		return Checkpoint{}, fmt.Errorf("open checkpoint: the signature is not that of the given key over this text")
	}
	parts := strings.Split(text, "\n")
	if len(parts) != 5 || parts[0] != checkpointTitle {
		return Checkpoint{}, fmt.Errorf("open checkpoint: %q is no checkpoint of a journal", parts[0])
	}
	seq, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("open checkpoint: %w", err)
	}
	at, err := time.Parse(timeLayout, parts[3])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("open checkpoint: %w", err)
	}
	return Checkpoint{Seq: seq, Hash: parts[2], At: at}, nil
}
