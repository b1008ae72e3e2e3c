package cli

import (
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/davit-cd/davit/internal/api"
)

const defaultServer = "http://127.0.0.1:7400"

// folder is the data folder of the server on this machine.
func (a *line) folder() string {
	if a.data != "" {
		if filepath.IsAbs(a.data) {
			return a.data
		}
		return filepath.Join(a.Dir, a.data)
	}
	return a.dataFolder()
}

// address finds the server: the flag, the environment, what the server on this
// machine has noted in its data folder, the default.
func (a *line) address() (string, error) {
	address := a.server
	if address == "" && a.data == "" {
		address = a.Getenv("DAVIT_SERVER")
	}
	if address == "" {
		if noted, err := os.ReadFile(filepath.Join(a.folder(), urlFile)); err == nil {
			address = strings.TrimSpace(string(noted))
		}
	}
	if address == "" {
		address = defaultServer
	}
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return "", misused("%q is not the address of a server: want http://HOST:PORT", address)
	}
	return strings.TrimRight(u.Scheme+"://"+u.Host, "/"), nil
}

// token finds the credential. The admin token of this machine's server is
// never sent to another machine.
func (a *line) token(address string) string {
	if t := a.Getenv("DAVIT_TOKEN"); t != "" {
		return t
	}
	if !loopback(address) {
		return ""
	}
	t, err := os.ReadFile(filepath.Join(a.folder(), "admin.token"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(t))
}

func loopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := u.Hostname()
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// client returns a client of the server.
func (a *line) client() (*api.Client, error) {
	address, err := a.address()
	if err != nil {
		return nil, err
	}
	return api.NewClient(address, a.token(address)), nil
}

// port returns the port of an address.
func port(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if _, p, err := net.SplitHostPort(u.Host); err == nil {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}
