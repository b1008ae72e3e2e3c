package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// SessionPath is where the page opens and ends its session: GET tells of it,
// POST with a LogIn opens it, DELETE ends it. POST to "/link" below it gives a
// Link. These are not part of the API: programs send their token each time.
const SessionPath = "/session"

// Session is what a browser may know of its session.
type Session struct {
	Open    bool      `json:"open"`
	Name    string    `json:"name,omitempty"`
	Role    string    `json:"role,omitempty"`
	Expires time.Time `json:"expires,omitzero"` // unless it is used before
	Now     time.Time `json:"now"`              // the server's clock
	Version string    `json:"version"`          // of the server: a page of another one loads itself again
}

// LogIn opens a session: with a token, or with the code of a Link.
type LogIn struct {
	Token string `json:"token,omitempty"`
	Code  string `json:"code,omitempty"`
}

// Link opens the page once, without asking for a token.
type Link struct {
	Path    string    `json:"path"` // below the server's address
	Expires time.Time `json:"expires"`
}

// Link asks for a link that opens the page as the owner of the client's token.
func (c *Client) Link(ctx context.Context) (Link, error) {
	var v Link
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+SessionPath+"/link", http.NoBody)
	if err != nil {
		return v, err
	}
	res, err := c.do(r)
	if err != nil {
		return v, c.explain(err)
	}
	defer func() { _ = res.Body.Close() }()
	if err := json.NewDecoder(res.Body).Decode(&v); err != nil {
		return v, fmt.Errorf("read the answer to a request for a link: %w", err)
	}
	return v, nil
}
