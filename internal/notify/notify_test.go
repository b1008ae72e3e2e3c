package notify_test

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/notify"
)

// journal is a journal in memory.
type journal struct {
	mu      sync.Mutex
	events  []davit.Event
	records map[string]davit.Record
	news    chan struct{}
}

func newJournal() *journal {
	return &journal{records: map[string]davit.Record{}, news: make(chan struct{})}
}

func (j *journal) Changed() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.news
}

func (j *journal) Events(_ context.Context, q davit.EventQuery) ([]davit.Event, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if q.Newest {
		return j.events[max(0, len(j.events)-1):], nil
	}
	rest := j.events[min(int(q.After), len(j.events)):]
	return rest[:min(len(rest), q.Limit)], nil
}

func (j *journal) Record(_ context.Context, kind, id string) (davit.Record, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r, there := j.records[kind+"/"+id]
	if !there {
		return r, &davit.Error{Kind: davit.NotFound, Text: "there is no " + kind + " " + id}
	}
	return r, nil
}

func (j *journal) Records(_ context.Context, q davit.Query) (all []davit.Record, _ string, _ error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, r := range j.records {
		if r.Kind == q.Kind {
			all = append(all, r)
		}
	}
	return all, "", nil
}

func (j *journal) Keep(_ context.Context, c davit.Change) ([]davit.Event, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, r := range c.Records {
		if j.records[r.Kind+"/"+r.ID].Version != r.Version {
			return nil, &davit.Error{Kind: davit.Conflict, Text: "version"}
		}
	}
	for _, r := range c.Records {
		r.Version++
		j.records[r.Kind+"/"+r.ID] = r
	}
	for _, r := range c.Deleted {
		delete(j.records, r.Kind+"/"+r.ID)
	}
	for _, e := range c.Events {
		e.Seq = int64(len(j.events) + 1)
		e.At = time.Now()
		j.events = append(j.events, e)
	}
	if len(c.Events) > 0 {
		close(j.news)
		j.news = make(chan struct{})
	}
	return c.Events, nil
}

func (j *journal) say(kind, service string) {
	_, _ = j.Keep(context.Background(), davit.Change{Events: []davit.Event{{Kind: kind, Service: service, Environment: "production", Rollout: "shop-production-r7", Text: kind + " of " + service}}})
}

func (j *journal) book() notify.Book {
	return notify.Book{Journal: j, Seal: func(_ string, a notify.Address) ([]byte, error) { return a.Encode() }}
}

// recorder is a sender that notes what it is sent, and refuses while told to.
type recorder struct {
	mu     sync.Mutex
	refuse bool
	got    []notify.Message
	at     []time.Time
}

func (r *recorder) Send(_ context.Context, _ notify.Address, m notify.Message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = append(r.at, time.Now())
	if r.refuse {
		return errors.New("nobody is there")
	}
	r.got = append(r.got, m)
	return nil
}

func (r *recorder) kinds() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, m := range r.got {
		all = append(all, m.Event.Kind)
	}
	return strings.Join(all, " ")
}

func courier(j *journal, r notify.Sender) *notify.Courier {
	return &notify.Courier{
		Journal: j, Senders: map[string]notify.Sender{"webhook": r}, Page: "https://davit.example.org", Log: slog.New(slog.DiscardHandler),
		Unseal: func(_ string, b []byte) (notify.Address, error) { return notify.DecodeAddress(b) },
	}
}

func set(t *testing.T, j *journal, ch notify.Channel) {
	t.Helper()
	if ch.Kind == "" {
		ch.Kind = "webhook"
	}
	if err := j.book().Set(t.Context(), "ana", ch, notify.Address{URL: "https://hooks.example.org/secret-path"}); err != nil {
		t.Fatal(err)
	}
}

func progress(t *testing.T, j *journal, name string) notify.Progress {
	t.Helper()
	p, err := notify.LoadProgress(t.Context(), j, name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCourierTellsWhatIsWantedOnceAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, r := newJournal(), &recorder{}
		j.say("rollout.rolled-back", "before")
		ctx, cancel := context.WithCancel(t.Context())
		c := courier(j, r)
		go c.Run(ctx)
		set(t, j, notify.Channel{Name: "ops", Services: []string{"shop"}})
		synctest.Wait()
		j.say("rollout.rolled-back", "shop")
		j.say("rollout.shifted", "shop")
		j.say("rollout.rolled-back", "cart")
		j.say("run.failed", "shop")
		synctest.Wait()
		if got := r.kinds(); got != "rollout.rolled-back run.failed" {
			t.Fatalf("told of %q", got)
		}
		if got := r.got[0].Link; got != "https://davit.example.org/rollouts/shop-production-r7" {
			t.Errorf("link %q", got)
		}
		cancel()
		synctest.Wait()
		j.say("quarantine.set", "shop") // while nobody listens
		ctx, cancel = context.WithCancel(t.Context())
		go c.Run(ctx)
		synctest.Wait()
		if got := r.kinds(); got != "rollout.rolled-back run.failed quarantine.set" {
			t.Fatalf("after a restart: %q", got)
		}
		if err := j.book().Remove(ctx, "ana", "ops"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		j.say("run.failed", "shop")
		synctest.Wait()
		if got := len(r.got); got != 3 {
			t.Errorf("a removed channel was told: %d", got)
		}
		cancel()
		synctest.Wait()
	})
}

func TestCourierTriesAgainThenGivesUpAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, r := newJournal(), &recorder{refuse: true}
		ctx, cancel := context.WithCancel(t.Context())
		go courier(j, r).Run(ctx)
		set(t, j, notify.Channel{Name: "ops"})
		j.say("run.failed", "shop")
		synctest.Wait()
		if p := progress(t, j, "ops"); p.Failing != "nobody is there" || p.Since.IsZero() {
			t.Fatalf("%+v", p)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if n := len(r.at); n != 4 { // at once, after 1, 3 and 7 seconds
			t.Errorf("tried %d times in ten seconds", n)
		}
		r.mu.Lock()
		r.refuse = false
		r.mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		if p := progress(t, j, "ops"); r.kinds() != "run.failed" || p.Failing != "" || p.Delivered.IsZero() {
			t.Fatalf("%q %+v", r.kinds(), p)
		}
		r.mu.Lock()
		r.refuse = true
		r.mu.Unlock()
		j.say("run.failed", "cart")
		time.Sleep(notify.GiveUp + 10*time.Minute)
		synctest.Wait()
		if p := progress(t, j, "ops"); p.Dropped != 1 {
			t.Fatalf("%+v", p)
		}
		last, _ := j.Events(ctx, davit.EventQuery{Newest: true})
		if last[0].Kind != "channel.dropped" || last[0].Data["channel"] != "ops" {
			t.Errorf("the journal says %+v", last[0])
		}
		cancel()
		synctest.Wait()
	})
}

func TestASlowChannelHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newJournal()
		quick := &recorder{}
		c := courier(j, quick)
		c.Senders["slack"] = &recorder{refuse: true}
		ctx, cancel := context.WithCancel(t.Context())
		go c.Run(ctx)
		set(t, j, notify.Channel{Name: "ops"})
		set(t, j, notify.Channel{Name: "chat", Kind: "slack"})
		for range 3 {
			j.say("run.failed", "shop")
		}
		synctest.Wait()
		if got := quick.kinds(); got != "run.failed run.failed run.failed" {
			t.Errorf("told of %q", got)
		}
		cancel()
		synctest.Wait()
	})
}

func TestWants(t *testing.T) {
	for _, c := range []struct {
		ch   notify.Channel
		e    davit.Event
		want bool
	}{
		{notify.Channel{}, davit.Event{Kind: "rollout.rolled-back"}, true},
		{notify.Channel{}, davit.Event{Kind: "rollout.shifted"}, false},
		{notify.Channel{Events: []string{"rollout.*"}}, davit.Event{Kind: "rollout.shifted"}, true},
		{notify.Channel{Events: []string{"*"}}, davit.Event{Kind: "run.queued"}, true},
		{notify.Channel{Events: []string{"run.failed"}}, davit.Event{Kind: "run.failed-again"}, false},
		{notify.Channel{Environments: []string{"production"}}, davit.Event{Kind: "rollout.held", Environment: "staging"}, false},
		{notify.Channel{Name: "ops", Events: []string{"*"}}, davit.Event{Kind: "channel.dropped", Data: map[string]string{"channel": "ops"}}, false},
		{notify.Channel{Name: "boss", Events: []string{"*"}}, davit.Event{Kind: "channel.dropped", Data: map[string]string{"channel": "ops"}}, true},
	} {
		if got := c.ch.Wants(c.e); got != c.want {
			t.Errorf("%+v wants %+v: %v", c.ch, c.e, got)
		}
	}
}

func TestBadChannelsAreRefusedWithoutRepeatingTheAddress(t *testing.T) {
	book := newJournal().book()
	for _, c := range []struct {
		ch notify.Channel
		to string
	}{
		{notify.Channel{Name: "Ops!", Kind: "webhook"}, "https://x.example/hidden"},
		{notify.Channel{Name: "ops", Kind: "pigeon"}, "https://x.example/hidden"},
		{notify.Channel{Name: "ops", Kind: "webhook"}, ""},
		{notify.Channel{Name: "ops", Kind: "webhook"}, "ftp://x.example/hidden"},
		{notify.Channel{Name: "ops", Kind: "webhook"}, "hidden\x00"},
		{notify.Channel{Name: "ops", Kind: "email"}, "smtp://u:hidden@x.example"},
		{notify.Channel{Name: "ops", Kind: "email"}, "smtp://u:hidden@x.example?from=a@x.example"},
		{notify.Channel{Name: "ops", Kind: "webhook", Events: []string{"rollout.*.x"}}, "https://x.example/hidden"},
	} {
		err := book.Set(t.Context(), "ana", c.ch, notify.Address{URL: c.to})
		if davit.KindOf(err) != davit.Invalid || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%+v: %v", c.ch, err)
		}
	}
}

func TestWebhook(t *testing.T) {
	var body []byte
	var head http.Header
	status := 204
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		head = r.Header
		if status == 302 {
			w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
		}
		w.WriteHeader(status)
	}))
	defer s.Close()
	m := notify.Message{Channel: "ops", Link: "https://d.example/runs/r", Event: davit.Event{Seq: 9, Kind: "run.failed", Text: "It <failed>.", Data: map[string]string{"input": "{}", "gate": "test"}}}
	to := notify.Address{URL: s.URL + "/secret-path", Key: "k"}
	if err := notify.Builtin()["webhook"].Send(t.Context(), to, m); err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, []byte("k"))
	mac.Write(body)
	if got := head.Get("X-Davit-Signature"); got != "sha256="+hex.EncodeToString(mac.Sum(nil)) {
		t.Errorf("signature %q", got)
	}
	var got map[string]any
	if err := json.Unmarshal(body, &got); err != nil || got["kind"] != "run.failed" || got["seq"] != 9.0 || fmt.Sprint(got["data"]) != "map[gate:test]" {
		t.Errorf("%s %v", body, err)
	}
	if head.Get("X-Davit-Delivery") != "ops-9" {
		t.Errorf("delivery %q", head.Get("X-Davit-Delivery"))
	}
	if err := notify.Builtin()["slack"].Send(t.Context(), to, m); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &got); err != nil || got["text"] != "It &lt;failed&gt;. <https://d.example/runs/r|open>" {
		t.Errorf("%s %v", body, err)
	}
	for _, status = range []int{302, 404, 500} {
		if err := notify.Builtin()["webhook"].Send(t.Context(), to, m); err == nil || !strings.Contains(err.Error(), fmt.Sprint(status)) {
			t.Errorf("status %d: %v", status, err)
		}
	}
	s.Close()
	if err := notify.Builtin()["webhook"].Send(t.Context(), to, m); err == nil || strings.Contains(err.Error(), "secret-path") {
		t.Errorf("a closed server: %v", err)
	}
}

func TestEmail(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	said := make(chan string, 1)
	go func() { said <- mailServer(l) }()
	m := notify.Message{Channel: "ops", Event: davit.Event{Seq: 9, Kind: "run.failed", Service: "shop", Text: "Störung\r\nBcc: everybody@example.org", At: time.Unix(0, 0)}}
	to := notify.Address{URL: "smtp://" + l.Addr().String() + "?from=davit@example.org&to=ana@example.org,ben@example.org"}
	if err := notify.Builtin()["email"].Send(t.Context(), to, m); err != nil {
		t.Fatal(err)
	}
	got := <-said
	for _, want := range []string{
		"MAIL FROM:<davit@example.org>", "RCPT TO:<ana@example.org>", "RCPT TO:<ben@example.org>",
		"Subject: =?utf-8?q?shop:_St=C3=B6rung__Bcc:_everybody@example.org?=", "St=C3=B6rung  Bcc: everybody@example.org", "event: run.failed",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "\nBcc:") {
		t.Errorf("a header was smuggled in:\n%s", got)
	}
	if shown := (notify.Address{URL: "smtp://u:secret@h.example:25?from=a@x.example&to=b@x.example"}).Shown(); shown != "smtp://h.example:25 → b@x.example" {
		t.Errorf("shown as %q", shown)
	}
}

// mailServer takes one mail and returns what the client said.
func mailServer(l net.Listener) string {
	c, err := l.Accept()
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	fmt.Fprint(c, "220 here\r\n")
	var all strings.Builder
	inMail := false
	for in := bufio.NewReader(c); ; {
		line, err := in.ReadString('\n')
		if err != nil {
			return all.String()
		}
		all.WriteString(line)
		switch {
		case inMail && line == ".\r\n":
			inMail = false
			fmt.Fprint(c, "250 taken\r\n")
		case inMail:
		case strings.HasPrefix(line, "EHLO"):
			fmt.Fprint(c, "250-here\r\n250 8BITMIME\r\n")
		case line == "DATA\r\n":
			inMail = true
			fmt.Fprint(c, "354 go on\r\n")
		case line == "QUIT\r\n":
			fmt.Fprint(c, "221 bye\r\n")
			return all.String()
		default:
			fmt.Fprint(c, "250 ok\r\n")
		}
	}
}

// TestNothingOfAnAddressIsKeptInTheOpen uses the real sealing in internal/app;
// here it holds that the record has nothing but what Seal gave.
func TestNothingOfAnAddressIsKeptInTheOpen(t *testing.T) {
	j := newJournal()
	book := notify.Book{Journal: j, Seal: func(string, notify.Address) ([]byte, error) { return []byte{1, 2, 3}, nil }}
	if err := book.Set(t.Context(), "ana", notify.Channel{Name: "ops", Kind: "slack"}, notify.Address{URL: "https://h.example/T0/B0/hidden"}); err != nil {
		t.Fatal(err)
	}
	rec, err := j.Record(t.Context(), notify.KindChannel, "ops")
	if err != nil || strings.Contains(string(rec.Body), "hidden") || strings.Contains(fmt.Sprint(j.events), "hidden") {
		t.Errorf("%s %v %v", rec.Body, j.events, err)
	}
	list, err := book.List(t.Context())
	if err != nil || len(list) != 1 || list[0].Shown != "https://h.example" {
		t.Errorf("%+v %v", list, err)
	}
	// Changing what it hears of keeps the address.
	if err := book.Set(t.Context(), "ben", notify.Channel{Name: "ops", Kind: "slack", Events: []string{"run.*"}}, notify.Address{}); err != nil {
		t.Fatal(err)
	}
	if ch, err := book.Channel(t.Context(), "ops"); err != nil || string(ch.Sealed) != "\x01\x02\x03" || ch.Events[0] != "run.*" {
		t.Errorf("%+v %v", ch, err)
	}
}
