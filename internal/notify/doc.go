// Package notify tells people what happened: it follows the journal and posts
// the events that somebody asked for to webhooks, chat rooms and mailboxes.
//
//	journal ──► Courier ──► Channel.Wants? ──► Sender ──► the outside
//	               ▲                              │
//	               └── Progress (kept): seq, ◄────┘
//	                   failing since, dropped
//
// Each channel has its own place in the journal, kept after each delivery, so
// nothing is forgotten while the server or the receiver is down; after a crash
// the last message may come twice, with the same delivery id. What cannot be
// delivered for GiveUp is dropped, and the journal says so. Addresses hold
// passwords: they are sealed where they are kept and never shown.
package notify
