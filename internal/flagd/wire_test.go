package flagd_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/davit-cd/davit/internal/flagd/evalv1"
	"github.com/davit-cd/davit/internal/flagd/evalv2"
	"github.com/davit-cd/davit/internal/flagd/syncv1"
)

// TestWire holds the names and numbers that flagd's clients were built with.
func TestWire(t *testing.T) {
	const one = "value=1:%s reason=2:string variant=3:string metadata=4:message"
	const two = "value=1?:%s reason=2:string variant=3?:string metadata=4:message"
	want := map[string]string{
		"flagd.evaluation.v1.ResolveAllRequest":   "context=1:message",
		"flagd.evaluation.v1.ResolveAllResponse":  "flags=1:map metadata=2:message",
		"flagd.evaluation.v1.AnyFlag":             "reason=1:string variant=2:string bool_value=3:bool string_value=4:string double_value=5:double object_value=6:message metadata=7:message",
		"flagd.evaluation.v1.EventStreamRequest":  "",
		"flagd.evaluation.v1.EventStreamResponse": "type=1:string data=2:message",
		"flagd.evaluation.v2.EventStreamRequest":  "",
		"flagd.evaluation.v2.EventStreamResponse": "type=1:string data=2:message",
		"flagd.sync.v1.SyncFlagsRequest":          "provider_id=1:string selector=2:string",
		"flagd.sync.v1.SyncFlagsResponse":         "flag_configuration=1:string sync_context=2?:message",
		"flagd.sync.v1.FetchAllFlagsRequest":      "provider_id=1:string selector=2:string",
		"flagd.sync.v1.FetchAllFlagsResponse":     "flag_configuration=1:string",
		"flagd.sync.v1.GetMetadataRequest":        "",
		"flagd.sync.v1.GetMetadataResponse":       "metadata=2:message",
	}
	for kind, wire := range map[string]string{"Boolean": "bool", "String": "string", "Float": "double", "Int": "int64", "Object": "message"} {
		for v, form := range map[string]string{"v1": one, "v2": two} {
			want["flagd.evaluation."+v+".Resolve"+kind+"Request"] = "flag_key=1:string context=2:message"
			want["flagd.evaluation."+v+".Resolve"+kind+"Response"] = fmt.Sprintf(form, wire)
		}
	}
	const resolve = "ResolveBoolean ResolveString ResolveFloat ResolveInt ResolveObject EventStream..."
	services := map[string]string{
		"flagd.evaluation.v1.Service": "ResolveAll " + resolve, "flagd.evaluation.v2.Service": resolve,
		"flagd.sync.v1.FlagSyncService": "SyncFlags... FetchAllFlags GetMetadata",
	}
	seen := 0
	for _, file := range files() {
		for i := range file.Messages().Len() {
			m := file.Messages().Get(i)
			seen++
			if got := shape(m); got != want[string(m.FullName())] {
				t.Errorf("%s: %s, want %s", m.FullName(), got, want[string(m.FullName())])
			}
		}
		for i := range file.Services().Len() {
			s := file.Services().Get(i)
			var methods []string
			for j := range s.Methods().Len() {
				m := s.Methods().Get(j)
				name := string(m.Name())
				if m.IsStreamingServer() {
					name += "..."
				}
				methods = append(methods, name)
			}
			if got := strings.Join(methods, " "); got != services[string(s.FullName())] {
				t.Errorf("%s: %s", s.FullName(), got)
			}
		}
	}
	if seen != len(want) {
		t.Errorf("%d messages, want %d", seen, len(want))
	}
}

func files() map[string]protoreflect.FileDescriptor {
	return map[string]protoreflect.FileDescriptor{
		"evalv1/evaluation.proto": evalv1.File_evalv1_evaluation_proto,
		"evalv2/evaluation.proto": evalv2.File_evalv2_evaluation_proto,
		"syncv1/sync.proto":       syncv1.File_syncv1_sync_proto,
	}
}

func shape(m protoreflect.MessageDescriptor) string {
	var parts []string
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		kind, mark := f.Kind().String(), ""
		if f.IsMap() {
			kind = "map"
		}
		if f.HasOptionalKeyword() {
			mark = "?"
		}
		parts = append(parts, fmt.Sprintf("%s=%d%s:%s", f.Name(), f.Number(), mark, kind))
	}
	return strings.Join(parts, " ")
}

// TestGeneratedReference holds that the Go code is made from the .proto files
// beside it, as make proto makes it.
func TestGeneratedReference(t *testing.T) {
	protoc, err := exec.LookPath("protoc")
	if err != nil {
		t.Skip("NOT TESTED: there is no protoc on this machine (Debian: protobuf-compiler, libprotobuf-dev)")
	}
	for path, file := range files() {
		out := filepath.Join(t.TempDir(), "set")
		if said, err := exec.CommandContext(t.Context(), protoc, "-I", ".", "--descriptor_set_out", out, path).CombinedOutput(); err != nil {
			if strings.Contains(string(said), "struct.proto") {
				t.Skip("NOT TESTED: protoc has no google/protobuf/struct.proto (Debian: libprotobuf-dev)")
			}
			t.Fatalf("%v: %s", err, said)
		}
		var set descriptorpb.FileDescriptorSet
		if err := proto.Unmarshal(read(t, out), &set); err != nil || len(set.GetFile()) != 1 {
			t.Fatal(err, len(set.GetFile()))
		}
		if !proto.Equal(set.GetFile()[0], protodesc.ToFileDescriptorProto(file)) {
			t.Errorf("%s has changed since the Go code was made from it; run make proto", path)
		}
	}
}
