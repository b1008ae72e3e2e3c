// Command answer is the smallest service: it answers every request with the
// content of the file version, and a share of them, the number in the file
// fail, with 500. The front page fails only if the file says so too ("1 all"),
// and /healthz never does.
package main

import (
	"bufio"
	"fmt"
	"log"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
)

func main() {
	version, _ := os.ReadFile("version")
	text, _ := os.ReadFile("fail")
	share, all, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	fail, _ := strconv.ParseFloat(share, 64)
	l, err := net.Listen("tcp", net.JoinHostPort(os.Getenv("HOST"), os.Getenv("PORT")))
	if err != nil {
		log.Fatal(err)
	}
	for {
		c, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(c, strings.TrimSpace(string(version)), fail, all != "")
	}
}

// serve answers the requests of a connection. They have no bodies.
func serve(c net.Conn, version string, fail float64, all bool) {
	defer c.Close()
	r := bufio.NewReaderSize(c, 1024)
	for {
		first, err := r.ReadString('\n')
		for line := first; err == nil && strings.TrimSpace(line) != ""; {
			line, err = r.ReadString('\n')
		}
		if err != nil {
			return
		}
		status := "200 OK"
		spared := strings.HasPrefix(first, "GET /healthz ") || !all && strings.HasPrefix(first, "GET / ")
		if !spared && rand.Float64() < fail {
			status = "500 Internal Server Error"
		}
		if _, err := fmt.Fprintf(c, "HTTP/1.1 %s\r\nContent-Length: %d\r\nContent-Type: text/plain\r\n\r\n%s", status, len(version), version); err != nil {
			return
		}
	}
}
