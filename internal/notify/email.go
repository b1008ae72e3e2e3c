package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/smtp"
	"net/url"
	"strings"
	"time"
)

// email sends a mail by SMTP: STARTTLS where the server offers it, TLS from the
// start with smtps. A password is only sent over TLS, or to this machine.
type email struct{}

// Send sends the message to every mailbox of the address.
func (email) Send(ctx context.Context, to Address, m Message) error {
	u, err := url.Parse(to.URL)
	if err != nil {
		return errors.New("the address cannot be used")
	}
	from, boxes, err := mailboxes(u)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	c, err := dial(ctx, u)
	if err != nil {
		return bare(err)
	}
	defer func() { _ = c.Close() }()
	if err := converse(c, u, from, boxes, mailOf(from, boxes, m)); err != nil {
		return fmt.Errorf("the mail server refused: %w", err)
	}
	return nil
}

// dial connects to the mail server.
func dial(ctx context.Context, u *url.URL) (*smtp.Client, error) {
	port := u.Port()
	if port == "" {
		port = map[string]string{"smtp": "587", "smtps": "465"}[u.Scheme]
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return nil, err
	}
	if until, bounded := ctx.Deadline(); bounded {
		_ = conn.SetDeadline(until)
	}
	if u.Scheme == "smtps" {
		conn = tls.Client(conn, &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12})
	}
	c, err := smtp.NewClient(conn, u.Hostname())
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return c, nil
}

func converse(c *smtp.Client, u *url.URL, from string, to []string, mail []byte) error {
	if offered, _ := c.Extension("STARTTLS"); offered && u.Scheme == "smtp" {
		if err := c.StartTLS(&tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}); err != nil {
			return err
		}
	}
	if password, set := u.User.Password(); set {
		// PlainAuth itself refuses to send a password in the clear over a network.
		if err := c.Auth(smtp.PlainAuth("", u.User.Username(), password, u.Hostname())); err != nil {
			return err
		}
	}
	if err := c.Mail(from); err != nil {
		return err
	}
	for _, box := range to {
		if err := c.Rcpt(box); err != nil {
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(mail); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_ = c.Quit() // the mail is accepted, whatever comes of the farewell
	return nil
}

// mailOf writes the mail. Header values come from outside: they are encoded, so
// that none can begin a header of its own.
func mailOf(from string, to []string, m Message) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: Davit <%s>\r\nTo: %s\r\nSubject: %s\r\n", from, strings.Join(to, ", "), mime.QEncoding.Encode("utf-8", headline(m)))
	fmt.Fprintf(&b, "Date: %s\r\nMessage-ID: <%s-%d@davit>\r\n", m.Event.At.Format(time.RFC1123Z), m.Channel, m.Event.Seq)
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	text := quotedprintable.NewWriter(&b)
	e := m.Event
	lines := []string{oneLine(e.Text), ""}
	for _, f := range [][2]string{{"service", e.Service}, {"environment", e.Environment}, {"release", e.Release}, {"commit", e.Commit}, {"by", e.Actor}, {"at", e.At.UTC().Format(time.RFC3339)}, {"event", e.Kind}, {"see", m.Link}} {
		if f[1] != "" {
			lines = append(lines, f[0]+": "+oneLine(f[1]))
		}
	}
	_, _ = text.Write([]byte(strings.Join(lines, "\r\n") + "\r\n")) // a buffer never fails
	_ = text.Close()
	return b.Bytes()
}
