// Command shop is a small web shop: the sample service of Davit.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if crashAtStart {
		log.Fatal("cannot open the price list: no such file")
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /{$}", home)
	mux.HandleFunc("GET /cart", cart)

	server := &http.Server{
		Addr:              os.Getenv("HOST") + ":" + os.Getenv("PORT"),
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	go func() {
		<-ctx.Done()
		// Finish what is under way, then go.
		done, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(done)
	}()
	log.Printf("shop %s listens on %s", os.Getenv("DAVIT_RELEASE"), server.Addr)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}

func home(w http.ResponseWriter, _ *http.Request) {
	work()
	if rand.Float64() < failShare {
		http.Error(w, "the price list is broken", http.StatusInternalServerError)
		return
	}
	fmt.Fprintf(w, "%s\nserved by %s\n", greeting, os.Getenv("DAVIT_RELEASE"))
}

func cart(w http.ResponseWriter, _ *http.Request) {
	work()
	lines := []Line{{Name: "rope", Cents: 1250, Count: 2}, {Name: "hook", Cents: 399, Count: 3}}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"lines": lines, "total": Total(lines)})
}

// work takes as long as looking things up does: 20 ms in the median, with the
// long tail that real services have.
func work() {
	ms := 20 * math.Exp(0.3*rand.NormFloat64())
	if rand.Float64() < 0.03 {
		ms *= 3 * slowTail
	}
	time.Sleep(time.Duration(ms * float64(time.Millisecond)))
}
