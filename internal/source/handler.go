package source

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/davit-cd/davit"
)

const (
	maxRequest  = 16 << 20      // bytes of a fetch request, unpacked
	serveWithin = 4 * time.Hour // one exchange; a push may show how its run goes
)

// Access asks whether whoever made the request may do what it asks for on the
// repository: to read it, or to push. It returns the name to write down for the
// pusher.
type Access func(r *http.Request, repo string, push bool) (who string, err error)

// Handler serves the repositories by git's smart HTTP protocol. The request's
// path is "/<name>.git/…", or the same without ".git"; strip what is before it.
// A push to a repository that is not there makes it. After a push that may have
// changed something, after (if not nil) is called, whether or not the client is
// still there: hooks can be cut short, this cannot.
func (r *Repositories) Handler(access Access, after func(ctx context.Context, push Push)) http.Handler {
	return &handler{repositories: r, access: access, after: after}
}

type handler struct {
	repositories *Repositories
	access       Access
	after        func(ctx context.Context, push Push)
}

// ServeHTTP answers the three requests of the protocol.
func (h *handler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	repo, rest, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/"), "/")
	repo = strings.TrimSuffix(repo, ".git")
	service := rest
	if rest == "info/refs" {
		service = req.URL.Query().Get("service")
	}
	switch {
	case CheckName(repo) != nil, service != "git-upload-pack" && service != "git-receive-pack":
		http.Error(w, "not found: a repository's address ends in /<name>.git, and git 1.6.6 or later is needed", http.StatusNotFound)
		return
	case rest == "info/refs" && req.Method != http.MethodGet, rest != "info/refs" && req.Method != http.MethodPost:
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	push := service == "git-receive-pack"
	who, err := h.access(req, repo, push)
	if err != nil {
		refuse(w, err)
		return
	}
	if push {
		err = h.repositories.Ensure(req.Context(), repo)
	} else {
		_, err = h.repositories.find(repo)
	}
	if err != nil {
		refuse(w, err)
		return
	}
	noCache(w)
	if rest == "info/refs" {
		h.advertise(w, req, repo, service)
		return
	}
	h.exchange(w, req, repo, service, who)
}

// refuse answers an error. Git shows the text of 4xx answers only in part, so it
// is one line.
func refuse(w http.ResponseWriter, err error) {
	status := map[davit.ErrorKind]int{
		davit.Unauthorized: http.StatusUnauthorized, davit.Forbidden: http.StatusForbidden, davit.NotFound: http.StatusNotFound,
		davit.Invalid: http.StatusBadRequest, davit.TooLarge: http.StatusRequestEntityTooLarge, davit.Unavailable: http.StatusServiceUnavailable,
	}[davit.KindOf(err)]
	text := err.Error()
	if status == 0 {
		status, text = http.StatusInternalServerError, "internal error"
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="davit", charset="UTF-8"`)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	http.Error(w, "davit: "+text, status)
}

func noCache(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-cache, max-age=0, must-revalidate")
	w.Header().Set("Expires", "Fri, 01 Jan 1980 00:00:00 GMT")
	w.Header().Set("X-Content-Type-Options", "nosniff")
}

// advertise answers what the repository has.
func (h *handler) advertise(w http.ResponseWriter, req *http.Request, repo, service string) {
	cmd := h.repositories.command(req.Context(), "", strings.TrimPrefix(service, "git-"), "--stateless-rpc", "--advertise-refs", h.repositories.folder(repo))
	cmd.Env = append(cmd.Env, protocol(req)...)
	out := bounded{most: gitOutput}
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil || out.cut {
		refuse(w, errors.New("advertise"))
		return
	}
	w.Header().Set("Content-Type", "application/x-"+service+"-advertisement")
	line := "# service=" + service + "\n"
	_, _ = fmt.Fprintf(w, "%04x%s0000", len(line)+4, line)
	_, _ = w.Write(out.Bytes())
}

// exchange runs one upload-pack or receive-pack with the request's body as its
// input and its output as the answer, passed on as it comes.
func (h *handler) exchange(w http.ResponseWriter, req *http.Request, repo, service, who string) {
	if req.Header.Get("Content-Type") != "application/x-"+service+"-request" {
		http.Error(w, "wrong content type", http.StatusUnsupportedMediaType)
		return
	}
	body, err := h.body(req, service)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	push := service == "git-receive-pack"
	ctx := req.Context()
	if push {
		// A push that has been read is not cut off at once when the client goes
		// away: a branch may be about to move.
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, serveWithin)
	defer cancel()
	defer context.AfterFunc(req.Context(), func() { time.AfterFunc(h.repositories.options.AloneWithin, cancel) })()
	cmd := h.repositories.command(ctx, "", strings.TrimPrefix(service, "git-"), "--stateless-rpc", h.repositories.folder(repo))
	cmd.Env = append(cmd.Env, protocol(req)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// Asked to end, git removes its locks; it is killed if it does not (WaitDelay).
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	p := Push{Repo: repo, Pusher: who, Started: time.Now()}
	if push {
		token := h.repositories.pushing.begin(p)
		defer h.repositories.pushing.end(token)
		cmd.Env = append(cmd.Env, h.repositories.hookEnvironment(repo, token)...)
	}
	_ = http.NewResponseController(w).EnableFullDuplex() // HTTP/2 and test recorders have no need of it
	w.Header().Set("Content-Type", "application/x-"+service+"-result")
	answer := &flushing{to: w, flush: http.NewResponseController(w).Flush}
	cmd.Stdout = answer
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		refuse(w, err)
		return
	}
	go func() {
		_, _ = io.Copy(stdin, body) // a body cut short ends the input early, which git refuses
		_ = stdin.Close()
	}()
	err = cmd.Wait()
	if push && h.after != nil {
		h.after(context.WithoutCancel(ctx), p)
	}
	if err != nil && !answer.began {
		refuse(w, errors.New("exchange"))
	}
}

// body returns the request's body, unpacked and bounded.
func (h *handler) body(req *http.Request, service string) (io.Reader, error) {
	most := int64(maxRequest)
	if service == "git-receive-pack" {
		most = h.repositories.options.MaxInput + maxRequest
	}
	var body io.Reader = req.Body
	switch req.Header.Get("Content-Encoding") {
	case "":
	case "gzip", "x-gzip":
		unpacked, err := gzip.NewReader(req.Body)
		if err != nil {
			return nil, fmt.Errorf("unpack the request: %w", err)
		}
		body = unpacked
	default:
		return nil, fmt.Errorf("content encoding %.40q is not known", req.Header.Get("Content-Encoding"))
	}
	return io.LimitReader(body, most), nil
}

// hookEnvironment is what the hooks of a push need to call the server.
func (r *Repositories) hookEnvironment(repo, token string) []string {
	env := []string{
		"DAVIT_EXECUTABLE=" + r.options.Executable, "DAVIT_HOOK_URL=" + r.options.HookURL,
		"DAVIT_HOOK_TOKEN=" + token, "DAVIT_HOOK_REPO=" + repo,
	}
	if r.options.CheckFirst {
		env = append(env, "DAVIT_HOOK_FIRST=1")
	}
	return env
}

// protocol passes on the protocol version that the client asks for.
func protocol(req *http.Request) []string {
	if p := req.Header.Get("Git-Protocol"); protocolExpression.MatchString(p) {
		return []string{"GIT_PROTOCOL=" + p}
	}
	return nil
}

// protocolExpression is compiled once and never changed.
var protocolExpression = regexp.MustCompile(`^[a-z0-9=:-]{1,64}$`)

// flushing passes each piece on at once, so that a push shows its progress.
type flushing struct {
	to    io.Writer
	flush func() error
	began bool
	gone  bool
}

// Write passes b on; once the client is gone it takes and drops everything, so
// that git is not stopped by it.
func (f *flushing) Write(b []byte) (int, error) {
	f.began = true
	if f.gone {
		return len(b), nil
	}
	if _, err := f.to.Write(b); err != nil {
		f.gone = true
		return len(b), nil //nolint:nilerr // git goes on, whether or not anybody reads what it says
	}
	_ = f.flush()
	return len(b), nil
}
