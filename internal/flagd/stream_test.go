package flagd_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	"github.com/davit-cd/davit/internal/flagd"
	"github.com/davit-cd/davit/internal/flagd/evalv1"
	"github.com/davit-cd/davit/internal/flagd/evalv2"
	"github.com/davit-cd/davit/internal/flagd/syncv1"
)

func TestEventStream(t *testing.T) {
	for _, way := range ways() {
		t.Run(way.name, func(t *testing.T) {
			w := newWorld(t, nil)
			first, err := evalv1.NewServiceClient(way.client(t), w.url, way.options...).EventStream(t.Context(), as(&evalv1.EventStreamRequest{}, "bound", ""))
			if err != nil {
				t.Fatal(err)
			}
			second, err := evalv2.NewServiceClient(way.client(t), w.url, way.options...).EventStream(t.Context(), as(&evalv2.EventStreamRequest{}, "bound", ""))
			if err != nil {
				t.Fatal(err)
			}
			wants := func(kind string, changes map[string]any) {
				t.Helper()
				if !first.Receive() || !second.Receive() {
					t.Fatal(first.Err(), second.Err())
				}
				data := map[string]any{}
				if changes != nil {
					data["flags"] = changes
				}
				if first.Msg().GetType() != kind || !reflect.DeepEqual(first.Msg().GetData().AsMap(), data) {
					t.Fatalf("v1: %v, want %s %v", first.Msg(), kind, data)
				}
				if second.Msg().GetType() != kind || !reflect.DeepEqual(second.Msg().GetData().AsMap(), data) {
					t.Fatalf("v2: %v, want %s %v", second.Msg(), kind, data)
				}
			}
			change := func(what, key string) map[string]any {
				return map[string]any{"type": what, "source": id, "flagKey": key}
			}
			wants("provider_ready", nil)
			w.book.publish(t, id, strings.Replace(flags, `{"half":0.5}`, `{"half":0.25}`, 1))
			// Flags with a shared rule are told of too: that rule might have changed.
			wants("configuration_change", map[string]any{"float": change("update", "float"), "text": change("update", "text"), "parse": change("update", "parse")})
			w.book.publish(t, "shop/staging", flags) // another's
			w.book.publish(t, id, `{"flags":{
				"bool":{"state":"ENABLED","variants":{"yes":true,"no":false},"defaultVariant":"no"},
				"new":{"state":"ENABLED","variants":{"yes":true},"defaultVariant":"yes"}}}`)
			gone := map[string]any{"new": change("write", "new")}
			for _, key := range []string{"text", "float", "int", "object", "disabled", "code", "general", "parse", "a/b"} {
				gone[key] = change("delete", key)
			}
			wants("configuration_change", gone)
			w.book.publish(t, id, `{"metadata":{"x":1},"flags":{
				"bool":{"state":"ENABLED","variants":{"yes":true,"no":false},"defaultVariant":"no"},
				"new":{"state":"ENABLED","variants":{"yes":true},"defaultVariant":"yes"}}}`) // no flag
			w.book.publish(t, id, `{"flags":{
				"bool":{"state":"DISABLED","variants":{"yes":true,"no":false},"defaultVariant":"no"},
				"new":{"state":"ENABLED","variants":{"yes":true},"defaultVariant":"yes","metadata":{"y":1}}}}`)
			wants("configuration_change", map[string]any{"bool": change("update", "bool"), "new": change("update", "new")})
			close(w.quit)
			if second.Receive() || connect.CodeOf(second.Err()) != connect.CodeUnavailable {
				t.Error("the server stops:", second.Msg(), second.Err())
			}
		})
	}
}

func TestEventStreamKeepsAlive(t *testing.T) {
	w := newWorld(t, func(o *flagd.Options) { o.KeepAlive = time.Millisecond })
	for _, way := range ways() {
		s, err := evalv2.NewServiceClient(way.client(t), w.url, way.options...).EventStream(t.Context(), as(&evalv2.EventStreamRequest{}, "bound", ""))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"provider_ready", "keep_alive", "keep_alive"} {
			if !s.Receive() || s.Msg().GetType() != want {
				t.Fatal(way.name, s.Msg(), s.Err())
			}
		}
		_ = s.Close()
	}
}

// TestStreamEndsWithItsToken holds that a revoked token hears of nothing more.
func TestStreamEndsWithItsToken(t *testing.T) {
	w := newWorld(t, nil)
	events, err := evalv2.NewServiceClient(h2c(t), w.url, connect.WithGRPC()).EventStream(t.Context(), as(&evalv2.EventStreamRequest{}, "bound", ""))
	if err != nil || !events.Receive() {
		t.Fatal(err, events.Err())
	}
	sets, err := syncv1.NewFlagSyncServiceClient(h2c(t), w.url, connect.WithGRPC()).SyncFlags(t.Context(), as(&syncv1.SyncFlagsRequest{}, "bound", ""))
	if err != nil || !sets.Receive() {
		t.Fatal(err, sets.Err())
	}
	w.revoke("bound")
	w.book.publish(t, id, `{"flags":{}}`)
	if events.Receive() || connect.CodeOf(events.Err()) != connect.CodeUnauthenticated {
		t.Error(events.Msg(), events.Err())
	}
	if sets.Receive() || connect.CodeOf(sets.Err()) != connect.CodeUnauthenticated {
		t.Error(sets.Msg(), sets.Err())
	}
}

// TestStreamDeadline holds that a stream ends with the client's own deadline,
// under the name that clients take for the usual end.
func TestStreamDeadline(t *testing.T) {
	w := newWorld(t, nil)
	for _, way := range ways() {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		s, err := evalv2.NewServiceClient(way.client(t), w.url, way.options...).EventStream(ctx, as(&evalv2.EventStreamRequest{}, "bound", ""))
		for err == nil && s.Receive() {
			continue
		}
		if err == nil {
			err = s.Err()
		}
		cancel()
		if connect.CodeOf(err) != connect.CodeDeadlineExceeded {
			t.Error(way.name, err)
		}
	}
}

func TestSync(t *testing.T) {
	for _, way := range ways() {
		t.Run(way.name, func(t *testing.T) {
			w := newWorld(t, nil)
			c := syncv1.NewFlagSyncServiceClient(way.client(t), w.url, way.options...)
			s, err := c.SyncFlags(t.Context(), as(&syncv1.SyncFlagsRequest{ProviderId: "p"}, "bound", ""))
			if err != nil {
				t.Fatal(err)
			}
			set, _ := w.book.Set(id)
			for range 3 {
				if !s.Receive() || s.Msg().GetFlagConfiguration() != string(set.JSON()) || s.Msg().GetSyncContext() == nil {
					t.Fatal(s.Msg(), s.Err())
				}
				if got := s.Msg().GetSyncContext().AsMap(); len(got) != set.Static().Len() {
					t.Fatal(got)
				}
				set = w.book.publish(t, id, `{"metadata":{"r":"`+set.Revision()+`"},"flags":{},"$context":{"region":"eu"}}`)
			}
			all, err := c.FetchAllFlags(t.Context(), as(&syncv1.FetchAllFlagsRequest{}, "bound", ""))
			if err != nil || all.Msg.GetFlagConfiguration() != string(set.JSON()) {
				t.Fatal(all, err)
			}
			if m, err := c.GetMetadata(t.Context(), as(&syncv1.GetMetadataRequest{}, "bound", "")); err != nil || m.Msg.GetMetadata().AsMap()["region"] != "eu" {
				t.Fatal(m, err)
			}
			// A selector in the body, from before there was the header, which wins.
			if _, err := c.FetchAllFlags(t.Context(), as(&syncv1.FetchAllFlagsRequest{Selector: "flagSetId=shop/staging"}, "bound", "")); code(err) != connect.CodePermissionDenied {
				t.Error(err)
			}
			if _, err := c.FetchAllFlags(t.Context(), as(&syncv1.FetchAllFlagsRequest{Selector: "flagSetId=shop/staging"}, "bound", "flagSetId="+id)); err != nil {
				t.Error(err)
			}
			_ = s.Close()
		})
	}
}
