package notify

import (
	"cmp"
	"net/url"

	"github.com/davit-cd/davit"
)

// Message is one event on its way to one channel.
type Message struct {
	Channel string
	Event   davit.Event
	Link    string // the page about it; empty: the server has no address for people
	Trial   bool   // sent by hand, to see whether the channel works
}

// pageOf returns the path of the page that an event is about.
func pageOf(e davit.Event) string {
	switch {
	case e.Rollout != "":
		return "/rollouts/" + url.PathEscape(e.Rollout)
	case e.Run != "":
		return "/runs/" + url.PathEscape(e.Run)
	case e.Release != "":
		return "/releases/" + url.PathEscape(e.Release)
	case e.Data["flag"] != "":
		return "/flags/" + url.PathEscape(cmp.Or(e.Data["project"], e.Service)) + "/" + url.PathEscape(e.Data["flag"])
	case e.Service != "":
		return "/services/" + url.PathEscape(e.Service)
	}
	return "/audit"
}
