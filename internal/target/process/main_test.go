package process

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/davit-cd/davit/internal/lab/uml"
)

// TestMain lets the test binary stand for davit, for services and for a server
// that is killed.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "launch" {
		err := launch(os.Args[2], os.Stdin, func(step string) {
			if b, err := os.ReadFile(os.Args[2] + "/crash"); err == nil && string(b) == step {
				_ = os.Remove(os.Args[2] + "/crash")
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			}
		})
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if len(os.Args) > 2 && os.Args[1] == "static" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		if err := ServeStatic(ctx, os.Args[2], net.JoinHostPort(os.Getenv("HOST"), os.Getenv("PORT"))); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if len(os.Args) > 2 && os.Args[1] == "service" {
		service(os.Args[2], os.Args[3:])
		return
	}
	if len(os.Args) > 3 && os.Args[1] == "server" {
		crashingServer(os.Args[2], os.Args[3], os.Args[4])
		return
	}
	flag.Parse()
	if flag.Lookup("test.parallel").Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		_ = flag.Set("test.parallel", "12") // these tests wait for processes most of the time
	}
	os.Exit(m.Run())
}

// service is a service of the given character.
func service(mode string, args []string) {
	switch mode {
	case "good":
		fmt.Println("listening on", os.Getenv("PORT"))
		serve(os.Getenv("PORT"), nil)
	case "exit":
		fmt.Println("reading config")
		fmt.Fprintln(os.Stderr, "cannot open /etc/shop.conf")
		os.Exit(3)
	case "boom":
		fmt.Println("boom")
		os.Exit(3)
	case "silent":
		wait()
	case "port":
		fmt.Println("listening on 1" + os.Getenv("PORT")[1:])
		serve("1"+os.Getenv("PORT")[1:], nil)
	case "500":
		serve(os.Getenv("PORT"), func(w http.ResponseWriter, _ *http.Request) {
			fmt.Println("database is not reachable")
			http.Error(w, "no database", http.StatusInternalServerError)
		})
	case "404":
		serve(os.Getenv("PORT"), http.NotFound)
	case "hang":
		serve(os.Getenv("PORT"), func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println(http.ListenAndServe(net.JoinHostPort("127.0.0.1", os.Getenv("PORT")), http.NotFoundHandler()))
	case "forks":
		forks()
	case "flood":
		go func() {
			line := strings.Repeat("x", 99) + "\n"
			for i := 0; ; i++ {
				_, _ = io.WriteString(os.Stdout, strings.Repeat(line, 100))
			}
		}()
		serve(os.Getenv("PORT"), nil)
	case "secrets":
		b, err := os.ReadFile(os.Getenv("DAVIT_SECRETS") + "/key")
		fmt.Printf("password %s key %s %v\n", os.Getenv("PASSWORD"), b, err)
		serve(os.Getenv("PORT"), nil)
	case "env":
		for _, e := range os.Environ() {
			fmt.Println(e)
		}
		serve(os.Getenv("PORT"), nil)
	case "eat":
		fmt.Println("eating")
		var kept [][]byte
		for {
			b := make([]byte, 1<<20)
			for i := range b {
				b[i] = 1
			}
			kept = append(kept, b)
			_ = kept
		}
	case "spin":
		for n := 0; ; n++ {
			_ = n
		}
	case "switch": // readiness and liveness as two files say
		serve(os.Getenv("PORT"), func(w http.ResponseWriter, r *http.Request) {
			b, err := os.ReadFile(args[0] + r.URL.Path)
			if status, _ := strconv.Atoi(strings.TrimSpace(string(b))); err == nil {
				w.WriteHeader(status)
			}
		})
	case "lines":
		for _, a := range args {
			fmt.Println(a)
		}
		serve(os.Getenv("PORT"), nil)
	case "die": // on request
		serve(os.Getenv("PORT"), func(_ http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/die" {
				os.Exit(7)
			}
		})
	}
	os.Exit(0)
}

// serve answers until SIGTERM.
func serve(port string, h http.HandlerFunc) {
	if h == nil {
		h = func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, os.Getenv("DAVIT_RELEASE")) }
	}
	go func() {
		err := http.ListenAndServe(net.JoinHostPort("127.0.0.1", port), h)
		fmt.Println(err)
		os.Exit(1)
	}()
	wait()
	fmt.Println("bye")
}

func wait() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	<-c
}

// forks leaves a child in the group, one in a session of its own, and one that
// closed every inherited file as well.
func forks() {
	for _, attr := range []*syscall.SysProcAttr{{}, {Setpgid: true}, {Setsid: true}} {
		child := exec.Command("sh", "-c", "trap '' TERM; while :; do sleep 1; done")
		child.SysProcAttr = attr
		if err := child.Start(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("child", child.Process.Pid)
	}
	serve(os.Getenv("PORT"), nil)
}

// patience stretches a wait in a machine that is itself emulated.
func patience(d time.Duration) time.Duration {
	if uml.Inside() {
		return 8 * d
	}
	return d
}

// eventually waits until is true: real processes take their time.
func eventually(t *testing.T, what string, is func() bool, show ...func() string) {
	t.Helper()
	deadline := time.NewTimer(patience(15 * time.Second))
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-deadline.C:
			for _, s := range show {
				what += "\n" + s()
			}
			t.Fatalf("did not come about: %s", what)
		case <-tick.C:
		}
	}
}
