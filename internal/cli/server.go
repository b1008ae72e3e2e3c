package cli

import (
	"net"
	"net/netip"
	"time"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
)

// absent says that a program is not in this build.
func absent(what string) error {
	return &davit.Error{Kind: davit.Unavailable, Text: what + " is not in this build of davit"}
}

func (a *line) serverCommand() *cobra.Command {
	cmd := command(groupBegin, "server", "Starts the control plane: API, git endpoint, registry, engine and, beside it, the router.",
		`It listens on this machine only, keeps everything in one data folder, and prints
its address and where the admin token lies. It may be stopped, killed or
upgraded at any time: services and router go on, and it adopts what it finds.

  --listen  where API, git endpoint and registry are (default 127.0.0.1:7400)
  --router  where services are reached through the router (default 127.0.0.1:7480)
  --data    the data folder (default $XDG_STATE_HOME/davit or ~/.local/state/davit)
  --trusted the address range of a load balancer in front of the router, whose
            X-Forwarded-* and Forwarded are believed (default nobody's)`,
		"  davit server\n  davit server --listen 127.0.0.1:8400 --router 127.0.0.1:8480 --data ./state\n  davit server --router 0.0.0.0:80 --trusted 10.0.0.0/8")
	o := ServeOptions{Out: a.Stdout, Err: a.Stderr}
	cmd.Flags().StringVar(&o.Listen, "listen", "127.0.0.1:7400", "address of API, git endpoint and registry")
	cmd.Flags().StringVar(&o.Router, "router", "127.0.0.1:7480", "address where services are reached")
	cmd.Flags().StringSliceVar(&o.Pass, "pass", nil, "variable of the server that stages see too, such as GOPROXY (may be repeated)")
	cmd.Flags().BoolVar(&o.Accept, "accept-journal", false, "start although the journal does not end where it should; that is noted in it")
	cmd.Flags().StringSliceVar(&o.Hosts, "host", nil, "further name the server may be called by (may be repeated)")
	cmd.Flags().StringVar(&o.PublicURL, "url", "", "where people reach this server, for links in notifications (default: where it listens)")
	trusted := trustedFlag(cmd)
	evaluationFlags(cmd, &o.Flags)
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		if a.Programs.Serve == nil {
			return absent("the server")
		}
		if o.Trusted, err = prefixes(*trusted); err != nil {
			return err
		}
		o.Data = a.folder()
		return a.Programs.Serve(cmd.Context(), o)
	}
	return cmd
}

func (a *line) routerCommand() *cobra.Command {
	cmd := command(groupBegin, "router", "Starts the data plane: the process that user requests pass through.",
		"The server starts and adopts it by itself; by hand it is for those who want to\nwatch over it with another tool.", "  davit router --listen 127.0.0.1:7480")
	o := RouterOptions{Out: a.Stdout, Err: a.Stderr}
	cmd.Flags().StringVar(&o.Listen, "listen", "127.0.0.1:7480", "address where services are reached")
	cmd.Flags().BoolVar(&o.Worker, "worker", false, "serve for the router that started this")
	_ = cmd.Flags().MarkHidden("worker") // it is there
	trusted := trustedFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		if a.Programs.Router == nil {
			return absent("the router")
		}
		if o.Trusted, err = prefixes(*trusted); err != nil {
			return err
		}
		o.Data = a.folder()
		return a.Programs.Router(cmd.Context(), o)
	}
	return cmd
}

func trustedFlag(cmd *cobra.Command) *[]string {
	return cmd.Flags().StringSlice("trusted", nil, "address or range of peers whose X-Forwarded-* and Forwarded the router believes (may be repeated)")
}

// prefixes reads addresses and ranges of addresses.
func prefixes(texts []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range texts {
		if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
			all = append(all, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, misused("--trusted %s: want an address or a range, such as 10.0.0.0/8", text)
		}
		if p != p.Masked() {
			return nil, misused("--trusted %s: the range begins at %s", text, p.Masked())
		}
		all = append(all, p)
	}
	return all, nil
}

func (a *line) demoCommand() *cobra.Command {
	cmd := command(groupBegin, "demo", "Shows everything on this machine within a minute: good commits, bad commits, real traffic.",
		"It starts a server and a router on a fresh data folder, pushes six versions of a\nsample service under load, and shows for each what happened and who decided.",
		"  davit demo\n  davit demo --exit\n  davit demo --rate 200 --within 10m     # on a machine that has other work")
	o := DemoOptions{Out: a.Stdout, Err: a.Stderr, Terminal: a.Terminal}
	cmd.Flags().BoolVar(&o.Exit, "exit", false, "end after the closing table, with 0 only if all came true")
	cmd.Flags().IntVar(&o.Rate, "rate", 800, "requests a second; fewer on a slow machine, and each verdict takes longer")
	cmd.Flags().DurationVar(&o.Within, "within", 90*time.Second, "how long one push may take")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if a.Programs.Demo == nil {
			return absent("the demo")
		}
		o.JSON = a.json
		if a.data != "" {
			o.Data = a.folder()
		}
		code, err := a.Programs.Demo(cmd.Context(), o)
		if err == nil && code != 0 {
			return exit{code: code}
		}
		return err
	}
	return cmd
}

func (a *line) staticCommand() *cobra.Command {
	cmd := command("", "static FOLDER [ADDRESS]", "Serves the files of a folder; the server starts it for static sites.",
		"Without an address it takes $HOST and $PORT.", "  davit static ./public 127.0.0.1:8000")
	cmd.Hidden, cmd.Args = true, cobra.RangeArgs(1, 2)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if a.Programs.Static == nil {
			return absent("serving files")
		}
		address := net.JoinHostPort(a.Getenv("HOST"), a.Getenv("PORT"))
		if len(args) == 2 {
			address = args[1]
		}
		return a.Programs.Static(cmd.Context(), a.path(args[0]), address)
	}
	return cmd
}

func (a *line) launchCommand() *cobra.Command {
	cmd := command("", "launch FOLDER", "Becomes an instance of a service; the server starts it.", "", "  davit launch FOLDER")
	cmd.Hidden, cmd.Args = true, cobra.ExactArgs(1)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if a.Programs.Launch == nil {
			return absent("launching instances")
		}
		return a.Programs.Launch(args[0])
	}
	return cmd
}
