package notify

import (
	"encoding/json"
	"net/mail"
	"net/url"
	"strings"

	"github.com/davit-cd/davit"
)

// Address is where a channel leads. It holds secrets: a chat's webhook is
// known by its path alone.
type Address struct {
	URL string `json:"url"`           // https://…, http://…, smtp://user:password@host:587?from=…&to=…, smtps://…
	Key string `json:"key,omitempty"` // signs what is sent to a webhook; empty: unsigned
}

// schemes are the kinds of senders with the schemes of their addresses.
func schemes() map[string][]string {
	web := []string{"https", "http"}
	return map[string][]string{"webhook": web, "slack": web, "email": {"smtp", "smtps"}}
}

// CheckAddress says what is wrong with the address of a channel of that kind,
// without repeating it.
func CheckAddress(kind string, a Address) error {
	wanted, known := schemes()[kind]
	if !known {
		return &davit.Error{Kind: davit.Invalid, Text: "there is no such kind of channel", Hint: "webhook, slack or email"}
	}
	u, err := url.Parse(a.URL)
	if err != nil || u.Hostname() == "" {
		return &davit.Error{Kind: davit.Invalid, Text: "the address is no URL with a host"}
	}
	if u.Scheme != wanted[0] && u.Scheme != wanted[1] {
		return &davit.Error{Kind: davit.Invalid, Text: "the address of a channel of the kind " + kind + " begins with " + strings.Join(wanted, ":// or ") + "://"}
	}
	if kind != "email" {
		return nil
	}
	_, _, err = mailboxes(u)
	return err
}

// mailboxes returns sender and recipients of a mail address.
func mailboxes(u *url.URL) (from string, to []string, err error) {
	q := u.Query()
	sender, err := mail.ParseAddress(q.Get("from"))
	if err != nil {
		return "", nil, &davit.Error{Kind: davit.Invalid, Text: "the address says not who the mail is from", Hint: "smtp://host:587?from=davit@example.org&to=ana@example.org"}
	}
	list, err := mail.ParseAddressList(strings.Join(q["to"], ","))
	if err != nil {
		return "", nil, &davit.Error{Kind: davit.Invalid, Text: "the address says not who the mail is for", Hint: "smtp://host:587?from=davit@example.org&to=ana@example.org"}
	}
	for _, a := range list {
		to = append(to, a.Address)
	}
	return sender.Address, to, nil
}

// Shown returns what may be shown of the address: scheme and host, and for mail
// who gets it.
func (a Address) Shown() string {
	u, err := url.Parse(a.URL)
	if err != nil {
		return ""
	}
	shown := u.Scheme + "://" + u.Host
	if _, to, err := mailboxes(u); err == nil && strings.HasPrefix(u.Scheme, "smtp") {
		shown += " → " + strings.Join(to, ", ")
	}
	return shown
}

// Encode returns the address as it is sealed.
func (a Address) Encode() ([]byte, error) { return json.Marshal(a) }

// DecodeAddress reads what Encode wrote. Its error repeats nothing of it.
func DecodeAddress(b []byte) (Address, error) {
	var a Address
	if json.Unmarshal(b, &a) != nil {
		return a, &davit.Error{Kind: davit.Internal, Text: "a sealed address cannot be read"}
	}
	return a, nil
}
