package notify

import (
	"context"
	"encoding/json"
	"strings"
)

// slack posts one line of text to the incoming webhook of Slack, Mattermost,
// Rocket.Chat or what else understands {"text": …}.
type slack struct{}

// Send posts the message.
func (slack) Send(ctx context.Context, to Address, m Message) error {
	// Slack reads these three as markup: an event's text must not mention a whole room.
	text := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(headline(m))
	if m.Link != "" {
		text += " <" + m.Link + "|open>"
	}
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		return err
	}
	return post(ctx, to.URL, body, nil)
}

// headline says in one line where something happened, and what.
func headline(m Message) string {
	where := strings.Trim(m.Event.Service+" "+m.Event.Environment, " ")
	if where != "" {
		where += ": "
	}
	return where + oneLine(m.Event.Text)
}

// oneLine takes line breaks and other control characters out of a text.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
