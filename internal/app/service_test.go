package app_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/davit-cd/davit/flags"
)

// beService is the service that the scenarios deploy. The file "behaviour" of
// its artifact says, a word and its value a line, what is wrong with it; a
// line that begins with the name of an environment holds only there.
func beService() int {
	does := behaviour()
	if os.Getenv("TEST_FORKED") != "" {
		does = map[string]string{"deaf": "yes"}
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if does["stubborn"] != "" {
		signal.Ignore(syscall.SIGTERM)
	}
	if does["crash"] != "" {
		fmt.Fprintln(os.Stderr, "cannot open the price list")
		return 1
	}
	if does["forks"] != "" {
		self, _ := os.Executable()
		for range 3 {
			child := exec.Command(self, "service")
			child.Env = append(os.Environ(), "TEST_FORKED=1")
			_ = child.Start()
		}
	}
	if does["deaf"] != "" {
		<-ctx.Done()
		return 0
	}
	if does["floods"] != "" {
		go flood(ctx)
	}
	port := os.Getenv("PORT")
	if does["port"] != "" {
		port = does["port"]
	}
	fails, _ := strconv.ParseFloat(does["fail"], 64)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, os.Getenv("DAVIT_RELEASE")) })
	exposed := func(*http.Request) bool { return false }
	failsExposed, _ := strconv.ParseFloat(does["fail_exposed"], 64)
	if does["flags"] != "" {
		client, err := flags.Open(ctx, flags.Options{Endpoint: does["flags"], Token: does["token"], Set: "shop/" + os.Getenv("DAVIT_ENVIRONMENT")})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() { _ = client.Close() }()
		exposed = func(r *http.Request) bool {
			return client.Bool("new-checkout", false, flags.Context{flags.TargetingKey: r.Header.Get("X-User")})
		}
	}
	mux.HandleFunc("/buy", func(w http.ResponseWriter, r *http.Request) {
		// So long that the noise of a busy machine is small against it: the
		// judge has latencies to compare.
		<-time.After(50 * time.Millisecond)
		share := fails
		if exposed(r) {
			share = failsExposed
		}
		if rand.Float64() < share {
			http.Error(w, "the price list is broken", http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, os.Getenv("DAVIT_RELEASE"))
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, _ *http.Request) {
		<-time.After(2500 * time.Millisecond)
		fmt.Fprintln(w, os.Getenv("DAVIT_RELEASE"))
	})
	server := &http.Server{Addr: "127.0.0.1:" + port, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		if does["stubborn"] == "" {
			_ = server.Shutdown(context.Background())
		}
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func behaviour() map[string]string {
	does := map[string]string{}
	b, _ := os.ReadFile("behaviour")
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) > 1 && (f[0] == "staging" || f[0] == "production") {
			if f[0] != os.Getenv("DAVIT_ENVIRONMENT") {
				continue
			}
			f = f[1:]
		}
		switch len(f) {
		case 1:
			does[f[0]] = "yes"
		case 2:
			does[f[0]] = f[1]
		}
	}
	return does
}

// flood writes to the log as fast as it can, for some seconds.
func flood(ctx context.Context) {
	line := append(bytes.Repeat([]byte("the till is open "), 60), '\n')
	out := io.Writer(os.Stdout)
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end) && ctx.Err() == nil; {
		_, _ = out.Write(line)
	}
}
