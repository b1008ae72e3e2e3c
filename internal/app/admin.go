package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/server"
	"github.com/davit-cd/davit/internal/store"
)

// TokenFile is the file in the data folder that holds the first admin token.
const TokenFile = "admin.token"

// adminToken makes the first token of a fresh data folder. Whoever can read the
// folder of the server is its admin.
func adminToken(ctx context.Context, s *store.Store, data string) error {
	path := filepath.Join(data, TokenFile)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	token, secret := server.MakeToken("admin", davit.Admin, time.Now().UTC())
	// The file first: a token that nobody knows is of no use, a file whose
	// token is not kept yet is made again.
	fresh := path + ".new"
	if err := os.WriteFile(fresh, []byte(secret+"\n"), 0o600); err != nil {
		return fmt.Errorf("write admin token: %w", err)
	}
	_, err := credentials{s}.PutToken(ctx, token, davit.Change{Events: []davit.Event{{
		Kind: "token.created", Actor: "davit", Text: "the first admin token was made", Data: map[string]string{"name": token.Name, "role": string(token.Role)},
	}}})
	if err != nil {
		return fmt.Errorf("keep admin token: %w", err)
	}
	return os.Rename(fresh, path)
}
