// Command judge prints the operating curve of internal/judge as markdown: how
// often it cries wolf, how soon it sees harm, how soon it lets a healthy
// version through, and how often it lets a bad one through.
//
//	go run ./bench/judge                       the report, 1000 rollouts a cell
//	go run ./bench/judge -runs 100 -seed 1     something to tune by, with other seeds
//	go run ./bench/judge -part few -only bursts -v
//
// Rollouts of a cell have the seeds seed, seed+1, …; those of the report begin
// at a million and must not be tuned by. Cells run on all cores (-workers).
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

func main() {
	b := &bench{}
	runs := flag.Int("runs", 1000, "rollouts a cell of the tables of what is harmless")
	harm := flag.Int("harm", 0, "rollouts a cell of the other tables (default: as -runs)")
	seed := flag.Uint64("seed", 1_000_000, "of the first rollout; tune with seeds below a million")
	parts := flag.String("part", "all", "tables to print: usual, few, strange, harm, wrong, promote, walk; several with commas")
	horizon := flag.Int64("horizon", 600, "seconds of a healthy rollout")
	flag.IntVar(&b.workers, "workers", runtime.NumCPU(), "rollouts at a time")
	only := flag.String("only", "", "only rows that match this regular expression, such as \"bursts.*| 50/s\"")
	flag.BoolVar(&b.verbose, "v", false, "print each false alarm")
	flag.Parse()
	if *runs < 1 || *harm < 0 {
		fmt.Fprintln(os.Stderr, "judge: -runs: want at least 1")
		os.Exit(2)
	}
	var err error
	if b.only, err = regexp.Compile(*only); err != nil {
		fmt.Fprintln(os.Stderr, "judge: -only:", err)
		os.Exit(2)
	}
	b.seed = *seed
	if *harm == 0 {
		*harm = *runs
	}
	known := []string{"usual", "few", "strange", "harm", "wrong", "promote", "walk"}
	wanted := strings.Split(*parts, ",")
	if *parts == "all" {
		wanted = known
	}
	for _, part := range wanted {
		switch part {
		case "usual":
			b.harmless("nothing is wrong", habits(), usual, *runs, *horizon)
		case "few":
			b.harmless("nothing is wrong, few old hosts", habits(), few, *runs, *horizon)
		case "strange":
			b.harmless("nothing is wrong, not tuned to", strange(), append(slices.Clone(usual[2:]), few[1], few[5]), *runs, *horizon)
		case "harm":
			b.harmful(*harm)
		case "wrong":
			b.wrong(*harm, *horizon)
		case "promote":
			b.promote(*harm)
		case "walk":
			b.walks(*harm)
		default:
			fmt.Fprintf(os.Stderr, "judge: -part %q: want some of %s\n", part, strings.Join(known, ", "))
			os.Exit(2)
		}
	}
}
