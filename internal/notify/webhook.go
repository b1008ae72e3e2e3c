package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/davit-cd/davit"
)

// webhook posts the event as JSON. With a key, the header X-Davit-Signature is
// "sha256=" and the hex HMAC-SHA-256 of the body.
type webhook struct{}

// payload is the body of a webhook; docs/guides/notifications.md describes it.
type payload struct {
	Seq         int64             `json:"seq"`
	At          time.Time         `json:"at"`
	Kind        string            `json:"kind"`
	Actor       string            `json:"actor,omitempty"`
	Service     string            `json:"service,omitempty"`
	Environment string            `json:"environment,omitempty"`
	Run         string            `json:"run,omitempty"`
	Release     string            `json:"release,omitempty"`
	Rollout     string            `json:"rollout,omitempty"`
	Commit      string            `json:"commit,omitempty"`
	Digest      davit.Digest      `json:"digest,omitempty"`
	Text        string            `json:"text"`
	Data        map[string]string `json:"data,omitempty"`
	Link        string            `json:"link,omitempty"`
	Trial       bool              `json:"trial,omitempty"`
}

// Send posts the message.
func (webhook) Send(ctx context.Context, to Address, m Message) error {
	e := m.Event
	data := e.Data
	if _, inner := data["input"]; inner { // the machine's own record, of no use outside
		data = make(map[string]string, len(e.Data))
		for k, v := range e.Data {
			if k != "input" {
				data[k] = v
			}
		}
	}
	body, err := json.Marshal(payload{
		Seq: e.Seq, At: e.At, Kind: e.Kind, Actor: e.Actor, Service: e.Service, Environment: e.Environment, Run: e.Run, Release: e.Release,
		Rollout: e.Rollout, Commit: e.Commit, Digest: e.Digest, Text: e.Text, Data: data, Link: m.Link, Trial: m.Trial,
	})
	if err != nil {
		return err
	}
	headers := map[string]string{"X-Davit-Event": e.Kind, "X-Davit-Delivery": fmt.Sprintf("%s-%d", m.Channel, e.Seq)}
	if to.Key != "" {
		mac := hmac.New(sha256.New, []byte(to.Key))
		_, _ = mac.Write(body) // never fails
		headers["X-Davit-Signature"] = "sha256=" + hex.EncodeToString(mac.Sum(nil))
	}
	return post(ctx, to.URL, body, headers)
}

// post sends JSON and expects a 2xx. It follows no redirection.
func post(ctx context.Context, address string, body []byte, headers map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return errors.New("the address cannot be used")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "davit")
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return bare(err)
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection can serve again
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("answered with status %d", res.StatusCode)
	}
	return nil
}
