package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

func (a *line) watchCommand() *cobra.Command {
	cmd := command(groupWatch, "watch [SERVICE]", "Shows live, full-screen, what runs, what moves and what happens.",
		"q or Ctrl-C ends it. It needs a terminal; davit timeline --follow does not.", "  davit watch\n  davit watch shop")
	cmd.Args = cobra.MaximumNArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !a.Terminal || a.json {
			return &davit.Error{Kind: davit.Invalid, Text: "watch needs a terminal", Hint: "davit timeline --follow prints what happens, line by line; davit status --json once"}
		}
		c, err := a.client()
		if err != nil {
			return err
		}
		w := &watching{app: a, client: c, at: time.Now()}
		if len(args) == 1 {
			w.service = args[0]
		}
		if w.status, err = w.look(cmd.Context()); err != nil { // refused before the screen is taken
			return err
		}
		ctx, cancel := context.WithCancel(cmd.Context())
		defer cancel()
		p := tea.NewProgram(w, tea.WithContext(ctx), tea.WithInput(a.Stdin), tea.WithOutput(a.Stdout))
		go w.feed(ctx, p)
		_, err = p.Run()
		if cmd.Context().Err() != nil {
			return nil
		}
		return err
	}
	return cmd
}

// watching is the model of the live screen.
type watching struct {
	app     *line
	client  *api.Client
	service string

	width, height int
	status        api.Status
	events        []api.Event // newest last
	trouble       string
	at            time.Time
}

const eventsKept = 200

type (
	statusMsg struct {
		status api.Status
		at     time.Time
	}
	eventMsg   api.Event
	troubleMsg string
)

// look asks the server how things are.
func (w *watching) look(ctx context.Context) (api.Status, error) {
	s, err := api.Get[api.Status](ctx, w.client, "get-status", nil)
	if err != nil || w.service == "" {
		return s, err
	}
	one, err := api.Get[api.ServiceDetail](ctx, w.client, "get-service", api.Params{"service": w.service})
	if err != nil {
		return s, err
	}
	s.Services, s.More = []api.Service{one.Service}, false
	s.Runs = slices.DeleteFunc(s.Runs, func(r api.Run) bool { return r.Service != w.service })
	s.Rollouts = slices.DeleteFunc(s.Rollouts, func(r api.Rollout) bool { return r.Service != w.service })
	return s, nil
}

// feed looks once a second, and passes on what happens.
func (w *watching) feed(ctx context.Context, p *tea.Program) {
	go func() {
		down := func(err error) error {
			if err != nil {
				p.Send(troubleMsg(err.Error()))
			}
			return nil
		}
		for e, err := range w.client.Follow(ctx, api.Params{"service": w.service}, w.recent(ctx, p), down) {
			if err != nil {
				p.Send(troubleMsg(err.Error()))
				return
			}
			p.Send(eventMsg(e))
		}
	}()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			status, err := w.look(ctx)
			if err != nil {
				p.Send(troubleMsg(err.Error()))
				continue
			}
			p.Send(statusMsg{status, now})
		}
	}
}

// recent shows what happened last and returns where to go on.
func (w *watching) recent(ctx context.Context, p *tea.Program) int64 {
	page, err := api.Get[api.Page[api.Event]](ctx, w.client, "list-timeline", api.Params{"service": w.service, "limit": "50"})
	if err != nil || len(page.Items) == 0 {
		return -1
	}
	for _, e := range slices.Backward(page.Items) {
		p.Send(eventMsg(e))
	}
	return page.Items[0].Seq
}

// Init has nothing to start: feed runs beside.
func (w *watching) Init() tea.Cmd { return nil }

// Update takes in what came.
func (w *watching) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		w.width, w.height = msg.Width, msg.Height
	case tea.KeyPressMsg:
		switch msg.String() {
		case "q", "esc", "ctrl+c":
			return w, tea.Quit
		}
	case statusMsg:
		w.status, w.at, w.trouble = msg.status, msg.at, ""
	case eventMsg:
		w.events = append(w.events, api.Event(msg))
		w.events = w.events[max(0, len(w.events)-eventsKept):]
	case troubleMsg:
		w.trouble = string(msg)
	}
	return w, nil
}

// View draws the screen.
func (w *watching) View() tea.View {
	v := tea.NewView(w.draw())
	v.AltScreen = true
	v.WindowTitle = "davit watch"
	return v
}

func (w *watching) draw() string {
	if w.width == 0 {
		return ""
	}
	dim := lipgloss.NewStyle().Foreground(lipgloss.Color("8"))
	head := lipgloss.NewStyle().Bold(true).Render("davit") + "  " + dim.Render(w.client.URL+"  "+w.at.Format("15:04:05")+"  q ends")
	lines := []string{head}
	if w.trouble != "" {
		lines = append(lines, lipgloss.NewStyle().Foreground(lipgloss.Color("1")).Render("! "+plain(w.trouble)))
	}
	for _, p := range w.status.Problems {
		lines = append(lines, lipgloss.NewStyle().Foreground(lipgloss.Color("1")).Render("! "+p.About+": "+plain(p.Text)))
	}
	lines = append(lines, "")
	for _, s := range w.status.Services {
		for i, e := range s.Environments {
			name := s.Name
			if i > 0 {
				name = ""
			}
			lines = append(lines, fmt.Sprintf("%-20s %-12s %-12s %s %d/%d", cut(name, 20), cut(e.Name, 12), orDash(e.Release), w.word(e.Health, 9), e.Ready, e.Wanted))
		}
	}
	for _, r := range w.status.Runs {
		lines = append(lines, "", fmt.Sprintf("%s %s %s  %s", lipgloss.NewStyle().Bold(true).Render(r.ID), w.word(r.Phase, 0), short(r.Commit), plain(r.Subject)))
		stages := []string{}
		for _, s := range r.Stages {
			stages = append(stages, s.Name+" "+w.word(s.Phase, 0))
		}
		lines = append(lines, "  "+strings.Join(stages, dim.Render(" · ")))
	}
	for _, r := range w.status.Rollouts {
		lines = append(lines, "", fmt.Sprintf("%s %s  %s → %s", lipgloss.NewStyle().Bold(true).Render(r.ID), w.word(r.Phase, 0), orDash(r.From), r.Release), "  "+bar(r.Percent, 40))
		if r.Waiting != nil {
			lines = append(lines, "  "+dim.Render("waits for "+headline(r.Waiting.For)))
		}
	}
	lines = append(lines, "", dim.Render(strings.Repeat("─", w.width)))
	room := max(0, w.height-len(lines))
	for _, e := range w.events[max(0, len(w.events)-room):] {
		lines = append(lines, dim.Render(e.At.Local().Format("15:04:05"))+"  "+headline(e.Text))
	}
	for i := range lines {
		lines[i] = ansi.Truncate(lines[i], w.width, "…")
	}
	return strings.Join(lines[:min(len(lines), w.height)], "\n")
}

// word is a phase in its colour, padded.
func (w *watching) word(phase string, width int) string {
	n := map[colour]string{red: "1", green: "2", yellow: "3", grey: "8"}[phaseColour(phase)]
	style := lipgloss.NewStyle().Foreground(lipgloss.Color(n))
	if n == "" || !w.app.colours() {
		style = lipgloss.NewStyle()
	}
	return style.Render(fmt.Sprintf("%-*s", width, phase))
}

// bar draws a share of traffic.
func bar(percent float64, width int) string {
	full := int(percent / 100 * float64(width))
	return strings.Repeat("█", full) + strings.Repeat("░", width-full) + fmt.Sprintf(" %g %%", percent)
}
