package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

// examined is what the doctor found about one thing.
type examined struct {
	About  string `json:"about"`
	Answer string `json:"answer"` // ok, wait (a warning) or fail
	Text   string `json:"text"`
	Do     string `json:"do,omitempty"`
}

func (a *line) doctorCommand() *cobra.Command {
	cmd := command(groupKeep, "doctor", "Checks what Davit needs: git, ports, data folder, disk, clock, limits, server, router, davit.yaml.", "", "  davit doctor")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		found := []examined{a.examineGit(cmd.Context()), a.examineFolder(), a.examineDisk(), examineCgroups()}
		found = append(found, a.examineServer(cmd.Context())...)
		found = append(found, a.examineConfig(cmd.Context()))
		failed := false
		for _, e := range found {
			failed = failed || e.Answer == "fail"
		}
		if err := a.answer(found, func() {
			for _, e := range found {
				mark := map[string]string{"ok": a.paint(green, "✓"), "wait": a.paint(yellow, "!"), "fail": a.paint(red, "✗")}[e.Answer]
				a.say("%s %-12s %s", mark, e.About, plain(e.Text))
				if e.Do != "" {
					a.say("  %-12s %s", "", e.Do)
				}
			}
		}); err != nil {
			return err
		}
		if failed {
			return exit{code: api.ExitFailed}
		}
		return nil
	}
	return cmd
}

func (a *line) examineGit(ctx context.Context) examined {
	v, err := a.git(ctx, "--version")
	if err != nil {
		return examined{"git", "fail", err.Error(), "install git 2.31 or later"}
	}
	var major, minor int
	if _, err := fmt.Sscanf(strings.TrimPrefix(v, "git version "), "%d.%d", &major, &minor); err == nil && (major < 2 || major == 2 && minor < 31) {
		return examined{"git", "fail", v + " is too old", "install git 2.31 or later"}
	}
	return examined{"git", "ok", v, ""}
}

func (a *line) examineFolder() examined {
	info, err := os.Stat(a.folder())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return examined{"data folder", "ok", a.folder() + " is not there yet; davit server makes it", ""}
	case err != nil:
		return examined{"data folder", "fail", err.Error(), ""}
	case info.Mode().Perm()&0o077 != 0:
		return examined{"data folder", "fail", a.folder() + " can be read by others", "chmod 700 " + a.folder()}
	}
	if token, err := os.Stat(filepath.Join(a.folder(), "admin.token")); err == nil && token.Mode().Perm()&0o077 != 0 {
		return examined{"data folder", "fail", "admin.token can be read by others", "chmod 600 " + filepath.Join(a.folder(), "admin.token")}
	}
	return examined{"data folder", "ok", a.folder(), ""}
}

func (a *line) examineDisk() examined {
	const least = 1 << 30
	at := a.folder()
	for {
		var fs syscall.Statfs_t
		err := syscall.Statfs(at, &fs)
		if err == nil {
			free := uint64(fs.Bavail) * uint64(fs.Bsize) //nolint:unconvert,gosec // the types differ between systems
			text := fmt.Sprintf("%.1f GiB free at %s", float64(free)/(1<<30), at)
			if free < least {
				return examined{"disk", "fail", text, "at least 1 GiB is wanted"}
			}
			return examined{"disk", "ok", text, ""}
		}
		if at == filepath.Dir(at) {
			return examined{"disk", "wait", "free space is not known: " + err.Error(), ""}
		}
		at = filepath.Dir(at)
	}
}

func examineCgroups() examined {
	const root = "/sys/fs/cgroup"
	controllers, err := os.ReadFile(filepath.Join(root, "cgroup.controllers"))
	if err != nil {
		if _, err := os.Stat(filepath.Join(root, "memory")); err == nil {
			return examined{"limits", "ok", "cgroup v1", ""}
		}
		return examined{"limits", "wait", "there are no cgroups here: memory and CPU limits of services are not enforced", "run on Linux with cgroup v2"}
	}
	if !strings.Contains(string(controllers), "memory") {
		return examined{"limits", "wait", "the memory controller is not there: memory limits are not enforced", ""}
	}
	return examined{"limits", "ok", "cgroup v2 with " + strings.TrimSpace(string(controllers)), ""}
}

func (a *line) examineServer(ctx context.Context) []examined {
	c, err := a.client()
	if err != nil {
		return []examined{{"server", "fail", err.Error(), ""}}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := c.Alive(ctx); err != nil {
		return append([]examined{{"server", "wait", err.Error(), "davit server"}}, examinePort(ctx, port(c.URL)), examinePort(ctx, "7480"))
	}
	out := []examined{a.examineClock(ctx, c)}
	if me, err := api.Get[api.Identity](ctx, c, "get-identity", nil); err == nil {
		out = append(out, examined{"token", "ok", me.Name + ", role " + me.Role, ""})
	}
	status, err := api.Get[api.Status](ctx, c, "get-status", nil)
	if err != nil {
		return append(out, examined{"server", "fail", err.Error(), hintOf(err)})
	}
	out = append(out, examined{"server", "ok", fmt.Sprintf("%s at %s, since %s", status.Version.Version, c.URL, moment(status.Started)), ""})
	if !status.Router.OK {
		return append(out, examined{"router", "fail", "it does not answer: " + status.Router.Detail, "restart davit server: it starts the router"})
	}
	return append(out, examined{"router", "ok", strings.TrimSpace(status.Router.URL + " " + status.Router.Detail), ""})
}

// examineClock compares this machine's clock with the server's.
func (a *line) examineClock(ctx context.Context, c *api.Client) examined {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+"/healthz", nil)
	if err != nil {
		return examined{"clock", "wait", err.Error(), ""}
	}
	res, err := c.HTTP.Do(r)
	if err != nil {
		return examined{"clock", "wait", "the server's time is not known", ""}
	}
	_ = res.Body.Close()
	theirs, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil {
		return examined{"clock", "wait", "the server does not tell its time", ""}
	}
	if off := time.Since(theirs).Abs(); off > time.Minute {
		return examined{"clock", "fail", "this clock and the server's differ by " + off.Round(time.Second).String(), "set the clocks"}
	}
	return examined{"clock", "ok", "agrees with the server's", ""}
}

func examinePort(ctx context.Context, port string) examined {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:"+port)
	if err != nil {
		return examined{"port " + port, "wait", "something else uses it", "davit server --listen or --router takes another"}
	}
	_ = l.Close()
	return examined{"port " + port, "ok", "free", ""}
}

func (a *line) examineConfig(ctx context.Context) examined {
	top, err := a.repository(ctx)
	if err != nil {
		top = a.Dir
	}
	file, err := a.readConfig(filepath.Join(top, configFile))
	switch {
	case err == nil:
		return examined{configFile, "ok", counted(len(file.Services), "service"), ""}
	case hintOf(err) == "davit init writes one":
		return examined{configFile, "ok", "none here", ""}
	case davit.KindOf(err) == davit.Invalid:
		first, _, _ := strings.Cut(err.Error(), "\n")
		return examined{configFile, "fail", first, "davit validate shows all"}
	}
	return examined{configFile, "fail", err.Error(), ""}
}
