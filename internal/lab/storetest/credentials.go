package storetest

import (
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/store"
)

func exerciseTokens(t *testing.T, b *bench) {
	k := store.Token{ID: "t1", Name: "ann", Role: davit.Deployer, Hash: "h1", Expires: b.now().Add(time.Hour)}
	_, err := b.PutToken(t.Context(), k, davit.Change{})
	refused(t, err, davit.Invalid)
	_, err = b.PutToken(t.Context(), store.Token{ID: "t2", Name: "x", Hash: "h2", Role: "root"}, journaled("token.made"))
	refused(t, err, davit.Invalid)
	events, err := b.PutToken(t.Context(), k, journaled("token.made"))
	ok(t, err)
	if len(events) != 1 || events[0].Seq != 1 {
		t.Fatal(events)
	}
	_, err = b.PutToken(t.Context(), k, journaled("token.made"))
	refused(t, err, davit.Conflict)

	k.Created = b.now()
	got, err := b.TokenByHash(t.Context(), "h1")
	ok(t, err)
	if !reflect.DeepEqual(got, k) {
		t.Fatalf("got %+v want %+v", got, k)
	}
	_, err = b.TokenByHash(t.Context(), "h")
	refused(t, err, davit.NotFound)

	b.advance(time.Hour)
	ok(t, b.TouchToken(t.Context(), "t1"))
	used := b.now()
	b.advance(time.Second)
	ok(t, b.TouchToken(t.Context(), "t1"))
	_, err = b.RevokeToken(t.Context(), "t1", journaled("token.revoked"))
	ok(t, err)
	_, err = b.RevokeToken(t.Context(), "t1", journaled("token.revoked"))
	refused(t, err, davit.Conflict)
	_, err = b.RevokeToken(t.Context(), "t9", journaled("token.revoked"))
	refused(t, err, davit.NotFound)
	all, err := b.Tokens(t.Context())
	ok(t, err)
	if len(all) != 1 || !all[0].Revoked.Equal(b.now()) || !all[0].LastUsed.Equal(used) {
		t.Fatal(all)
	}
	exerciseWhole(t, b, 2)

	bound := store.Token{ID: "t3", Name: "web", Role: davit.Client, Flags: []string{"shop/production", "shop/staging"}, Hash: "h3", Created: b.now()}
	_, err = b.PutToken(t.Context(), bound, journaled("token.made"))
	ok(t, err)
	for range 2 { // found, and found again
		if got, err = b.TokenByHash(t.Context(), "h3"); err != nil || !reflect.DeepEqual(got, bound) {
			t.Fatalf("got %+v %v want %+v", got, err, bound)
		}
	}
	exerciseRevokedAtOnce(t, b)
}

// exerciseRevokedAtOnce holds that whoever asks after a token was revoked
// hears it, whoever asked before or meanwhile.
func exerciseRevokedAtOnce(t *testing.T, b *bench) {
	for i := range 20 {
		id := fmt.Sprint("r", i)
		_, err := b.PutToken(t.Context(), store.Token{ID: id, Name: "ann", Role: davit.Client, Hash: id}, journaled("token.made"))
		ok(t, err)
		var group sync.WaitGroup
		stop := make(chan struct{})
		for range 4 {
			group.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if _, err := b.TokenByHash(t.Context(), id); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		_, err = b.RevokeToken(t.Context(), id, journaled("token.revoked"))
		ok(t, err)
		for range 100 {
			if got, err := b.TokenByHash(t.Context(), id); err != nil || got.Revoked.IsZero() {
				t.Fatal("a revoked token is still believed", got, err)
			}
		}
		close(stop)
		group.Wait()
	}
}

func exerciseSecrets(t *testing.T, b *bench) {
	put := func(environment, name, sealed string) error {
		_, err := b.PutSecret(t.Context(), store.Secret{Service: "shop", Environment: environment, Name: name, Sealed: []byte(sealed)}, journaled("secret.set"))
		return err
	}
	created := b.now()
	ok(t, put("production", "KEY", "\x00\xff1"))
	b.advance(time.Minute)
	ok(t, put("production", "KEY", "\x00\xff2"))
	ok(t, put("staging", "KEY", "3"))
	refused(t, put("staging", "", "3"), davit.Invalid)
	refused(t, put("staging", "KEY", ""), davit.Invalid)
	_, err := b.PutSecret(t.Context(), store.Secret{Service: "shop", Name: "KEY", Sealed: []byte("x")}, davit.Change{})
	refused(t, err, davit.Invalid)

	secrets, err := b.Secrets(t.Context(), "shop", "production")
	ok(t, err)
	want := []store.Secret{{Service: "shop", Environment: "production", Name: "KEY", Sealed: []byte("\x00\xff2"), Created: created, Updated: b.now()}}
	if !reflect.DeepEqual(secrets, want) {
		t.Fatalf("got %+v want %+v", secrets, want)
	}
	if secrets, err = b.Secrets(t.Context(), "", ""); err != nil || len(secrets) != 0 {
		t.Fatal("values are given out wholesale", secrets, err)
	}
	listed, err := b.ListSecrets(t.Context(), "", "")
	ok(t, err)
	if len(listed) != 2 || listed[0].Sealed != nil || listed[1].Sealed != nil {
		t.Fatal(listed)
	}
	_, err = b.DeleteSecret(t.Context(), "shop", "production", "KEY", journaled("secret.deleted"))
	ok(t, err)
	_, err = b.DeleteSecret(t.Context(), "shop", "production", "KEY", journaled("secret.deleted"))
	refused(t, err, davit.NotFound)
	exerciseWhole(t, b, 4)
}

func exerciseIdempotency(t *testing.T, b *bench) {
	before, err := b.Remember(t.Context(), "ann", "k", "hash")
	ok(t, err)
	if before != nil {
		t.Fatal(before)
	}
	_, err = b.Remember(t.Context(), "ann", "k", "hash")
	refused(t, err, davit.Conflict)
	ok(t, b.Answer(t.Context(), "ann", "k", store.Response{Status: 201, Body: []byte("\x00made")}))
	refused(t, b.Answer(t.Context(), "ann", "k", store.Response{Status: 500}), davit.Conflict)
	before, err = b.Remember(t.Context(), "ann", "k", "hash")
	ok(t, err)
	if before == nil || before.Status != 201 || string(before.Body) != "\x00made" {
		t.Fatal(before)
	}
	_, err = b.Remember(t.Context(), "ann", "k", "other")
	refused(t, err, davit.Conflict)
	if before, err = b.Remember(t.Context(), "bob", "k", "other"); err != nil || before != nil {
		t.Fatal("one actor's key is another's", before, err)
	}
	ok(t, b.Forget(t.Context(), "bob", "k"))
	ok(t, b.Forget(t.Context(), "ann", "k")) // answered: stays
	if before, err = b.Remember(t.Context(), "bob", "k", "other"); err != nil || before != nil {
		t.Fatal("a key that was given up is not free", before, err)
	}
	b.advance(24*time.Hour + 1)
	if before, err = b.Remember(t.Context(), "ann", "k", "other"); err != nil || before != nil {
		t.Fatal("not forgotten after a day", before, err)
	}
}

func exerciseKeepAnswered(t *testing.T, b *bench) {
	_, err := b.KeepAnswered(t.Context(), journaled("x"), "ann", "k", store.Response{Status: 200})
	refused(t, err, davit.Conflict)
	_, err = b.Remember(t.Context(), "ann", "k", "hash")
	ok(t, err)
	_, err = b.KeepAnswered(t.Context(), davit.Change{Records: []davit.Record{{Kind: "run", ID: "a", Version: 3}}}, "ann", "k", store.Response{Status: 200})
	refused(t, err, davit.Conflict)
	_, err = b.KeepAnswered(t.Context(), journaled("x"), "ann", "k", store.Response{Status: 200})
	ok(t, err)
	before, err := b.Remember(t.Context(), "ann", "k", "hash")
	ok(t, err)
	if before == nil || before.Status != 200 {
		t.Fatal(before)
	}
	exerciseWhole(t, b, 1)
}

func exerciseMeta(t *testing.T, b *bench) {
	for _, want := range []string{"one", "two", ""} {
		ok(t, b.PutMeta(t.Context(), "key", want))
		got, err := b.Meta(t.Context(), "key")
		ok(t, err)
		if got != want {
			t.Fatal(got, want)
		}
	}
	refused(t, b.PutMeta(t.Context(), "journal.head", "1 x"), davit.Invalid)
}

func exerciseLease(t *testing.T, b *bench) {
	now := b.now()
	take := func(holder string, at time.Time) (int64, bool) {
		t.Helper()
		token, got, err := b.Lease(t.Context(), "engine", holder, 10*time.Second, at)
		ok(t, err)
		return token, got
	}
	for i, step := range []struct {
		holder string
		after  time.Duration
		token  int64
		ok     bool
	}{
		{"a", 0, 1, true},
		{"b", 5 * time.Second, 0, false},
		{"a", 9 * time.Second, 1, true},   // renewed until 19
		{"b", 18 * time.Second, 0, false}, // would be free without the renewal
		{"b", 19 * time.Second, 2, true},
		{"a", 20 * time.Second, 0, false},
		{"b", 40 * time.Second, 3, true}, // came too late to renew: somebody could have had it
	} {
		if token, got := take(step.holder, now.Add(step.after)); token != step.token || got != step.ok {
			t.Fatalf("step %d: got %d %v, want %d %v", i, token, got, step.token, step.ok)
		}
	}
	ok(t, b.Release(t.Context(), "engine", "a"))
	if _, got := take("a", now.Add(41*time.Second)); got {
		t.Fatal("released by somebody who did not hold it")
	}
	ok(t, b.Release(t.Context(), "engine", "b"))
	if token, got := take("a", now.Add(42*time.Second)); !got || token != 4 {
		t.Fatal(token, got)
	}
	_, _, err := b.Lease(t.Context(), "", "a", time.Second, now)
	refused(t, err, davit.Invalid)
}

func exerciseLeaseRace(t *testing.T, b *bench) {
	var group sync.WaitGroup
	won := make(chan string, 32)
	for i := range 32 {
		group.Go(func() {
			holder := fmt.Sprint("holder", i)
			if _, got, err := b.Lease(t.Context(), "engine", holder, time.Minute, b.now()); err != nil {
				t.Error(err)
			} else if got {
				won <- holder
			}
		})
	}
	group.Wait()
	if len(won) != 1 {
		t.Fatal(len(won), "holders at once")
	}
}

func exerciseSessions(t *testing.T, b *bench) {
	s := store.Session{Hash: "s1", Token: "h1", Expires: b.now().Add(time.Hour), Ends: b.now().Add(3 * time.Hour)}
	_, err := b.PutSession(t.Context(), s, davit.Change{})
	refused(t, err, davit.Invalid)
	_, err = b.PutSession(t.Context(), store.Session{Hash: "s2", Token: "h1"}, journaled("session.opened"))
	refused(t, err, davit.Invalid)
	_, err = b.PutSession(t.Context(), s, journaled("session.opened"))
	ok(t, err)
	_, err = b.PutSession(t.Context(), s, journaled("session.opened"))
	refused(t, err, davit.Conflict)

	s.Created = b.now()
	got, err := b.SessionByHash(t.Context(), "s1")
	ok(t, err)
	if got != s {
		t.Fatalf("got %+v, want %+v", got, s)
	}
	_, err = b.SessionByHash(t.Context(), "s")
	refused(t, err, davit.NotFound)

	ok(t, b.ProlongSession(t.Context(), "s1", s.Expires.Add(time.Hour)))
	ok(t, b.ProlongSession(t.Context(), "s1", s.Expires)) // never back
	ok(t, b.ProlongSession(t.Context(), "s9", s.Expires)) // gone stays gone
	got, err = b.SessionByHash(t.Context(), "s1")
	ok(t, err)
	if !got.Expires.Equal(s.Expires.Add(time.Hour)) {
		t.Fatal(got)
	}
	_, err = b.EndSession(t.Context(), "s1", journaled("session.ended"))
	ok(t, err)
	_, err = b.EndSession(t.Context(), "s1", journaled("session.ended"))
	refused(t, err, davit.NotFound)

	_, err = b.PutSession(t.Context(), s, journaled("session.opened"))
	ok(t, err)
	b.advance(2 * time.Hour) // it has expired; the next one sweeps it away
	_, err = b.PutSession(t.Context(), store.Session{Hash: "s3", Token: "h1", Expires: b.now().Add(time.Hour), Ends: b.now().Add(time.Hour)}, journaled("session.opened"))
	ok(t, err)
	_, err = b.SessionByHash(t.Context(), "s1")
	refused(t, err, davit.NotFound)
}
