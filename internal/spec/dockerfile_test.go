package spec

import "testing"

func TestDockerCommand(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{"FROM scratch\n", ""},
		{"FROM scratch\nCOPY shop /shop\nENTRYPOINT [\"/shop\", \"--verbose\"]\n", "./shop --verbose"},
		{"FROM a AS build\nCMD [\"no\"]\nFROM b\nWORKDIR /app\nCMD [\"./server\"]", "cd app && exec ./server"},
		{"from b\nworkdir /app\nentrypoint [\"/app/server\"]\ncmd [\"-a\", \"two words\"]", "cd app && exec ./server -a 'two words'"},
		{"FROM b\nWORKDIR /srv/app\nCMD [\"/usr/bin/server\"]", "cd srv/app && exec ./../../usr/bin/server"},
		{"FROM b\nWORKDIR /srv\nWORKDIR app\nCMD node \\\n  server.js\n", "cd srv/app && exec node    server.js"},
		{"FROM b\nENTRYPOINT node server.js\nCMD [\"ignored\"]", "node server.js"},
		{"FROM b\nCMD [\"node\", \"it's\"]", `node 'it'\''s'`},
		{"FROM b\nCMD [broken", "[broken"},
	} {
		if got := dockerCommand(c.file); got != c.want {
			t.Errorf("%q: got %q, want %q", c.file, got, c.want)
		}
	}
}
