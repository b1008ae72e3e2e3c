package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// measurement is one thing that can be measured.
type measurement struct {
	name  string
	about string
	run   func(ctx context.Context, b *bench) ([]row, error)
}

func measurements() []measurement {
	return []measurement{
		{"push", "push to first stage running, and commit to 100 % with no bake", measurePush},
		{"rollback", "`davit rollback` to no more traffic on the bad version, old one warm and cold", measureRollback},
		{"bad", "a version that fails: seconds and bad answers until it is off", measureBad},
		{"idle", "memory and CPU of a server with 1,000 idle services", measureIdle},
		{"start", "start-up with 100,000 events in the journal", measureStart},
		{"size", "size of the binary for each platform", measureSize},
		{"list", "first page of 10,000 services", measureList},
		{"decide", "decisions a second", measureDecide},
	}
}

func main() {
	list := flag.Bool("list", false, "list the measurements")
	n := flag.Int("n", 0, "repetitions; 0: what each measurement asks for")
	verbose := flag.Bool("v", false, "print each repetition to standard error")
	flag.Parse()
	if *list {
		for _, m := range measurements() {
			fmt.Printf("%-9s %s\n", m.name, m.about)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := measure(ctx, flag.Args(), *n, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
}

// measure runs the measurements named, or all.
func measure(ctx context.Context, names []string, n int, verbose bool) error {
	for _, name := range names {
		if !slices.ContainsFunc(measurements(), func(m measurement) bool { return m.name == name }) {
			return fmt.Errorf("there is no measurement %q; -list shows what there is", name)
		}
	}
	b, err := newBench(ctx, n, verbose)
	if err != nil {
		return err
	}
	defer b.close()
	fmt.Printf("%s. Load average before: %s.\n\n", machine(), loadAverage())
	fmt.Println("| what | figure | target | met |\n|---|---|---|---|")
	for _, m := range measurements() {
		if ctx.Err() != nil {
			break
		}
		if len(names) > 0 && !slices.Contains(names, m.name) {
			continue
		}
		rows, err := m.run(ctx, b)
		for _, r := range rows {
			fmt.Println(r)
		}
		if err != nil {
			fmt.Println(row{what: m.name, figure: "not measured: " + firstLine(err), target: "–"})
			fmt.Fprintln(os.Stderr, "bench:", m.name+":", err)
		}
	}
	fmt.Printf("\nLoad average after: %s.\n", loadAverage())
	return nil
}

func firstLine(err error) string {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return first
}
