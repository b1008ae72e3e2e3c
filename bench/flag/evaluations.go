package main

import (
	"fmt"

	"github.com/davit-cd/davit/flags"
	"github.com/davit-cd/davit/internal/flag"
)

// evaluations measures single flags: one without a rule, one with three
// conditions, one with a split by the targeting key.
func evaluations(m *meter) error {
	set, _, err := flag.Parse([]byte(threeFlags), flag.ParseOptions{ID: "shop/production"})
	if err != nil {
		return err
	}
	c, err := flag.ContextOf(asker())
	if err != nil {
		return err
	}
	theirs, err := newFlagd(threeFlags)
	if err != nil {
		return err
	}
	dark, err := newLaunchDarkly()
	if err != nil {
		return err
	}
	client, err := newClient(threeFlags)
	if err != nil {
		return err
	}
	fmt.Println("| one evaluation: undisturbed / CPU (allocations) | no rule | three conditions | split |\n|---|---|---|---|")
	row := func(name string, one func(key string) error) error {
		fmt.Printf("| %s |", name)
		for _, key := range []string{"simple", "rule3", "split"} {
			if err := one(key); err != nil {
				return fmt.Errorf("%s, %s: %w", name, key, err)
			}
			loop := func(n int) {
				for range n {
					_ = one(key)
				}
			}
			fmt.Printf(" %s / %s |", short(burst(loop)), m.of(loop))
		}
		fmt.Println()
		return nil
	}
	if err := row("**Davit**, context read before", func(key string) error {
		if r := set.Evaluate(key, c, 0); r.Value == nil {
			return fmt.Errorf("%+v", r)
		}
		return nil
	}); err != nil {
		return err
	}
	body := []byte(`{"targetingKey":"user-123456","email":"jon@example.com","country":"NL","age":42,"plan":"pro","beta":true}`)
	if err := row("**Davit**, context read from JSON each time", func(key string) error {
		c, err := flag.ParseContext(body)
		if err != nil {
			return err
		}
		r := set.Evaluate(key, c, 0)
		c.Release()
		if r.Value == nil {
			return fmt.Errorf("%+v", r)
		}
		return nil
	}); err != nil {
		return err
	}
	who := flags.Context(asker())
	if err := row("**Davit**, package `flags`, context a Go map", func(key string) error {
		client.Bool(key, false, who)
		return nil
	}); err != nil {
		return err
	}
	if err := row("LaunchDarkly's Go evaluator 3.0.1", dark.evaluate); err != nil {
		return err
	}
	if err := row("flagd core 0.16.1", theirs.evaluate); err != nil {
		return err
	}
	fmt.Println()
	return nil
}

// bulk measures all of 500 flags for one user.
func bulk(m *meter) error {
	doc := manyFlags(500)
	set, _, err := flag.Parse([]byte(doc), flag.ParseOptions{})
	if err != nil {
		return err
	}
	c, err := flag.ContextOf(asker())
	if err != nil {
		return err
	}
	theirs, err := newFlagd(doc)
	if err != nil {
		return err
	}
	fmt.Println("| 500 flags for one user, a rule and a split each | undisturbed / CPU (allocations) |\n|---|---|")
	row := func(name string, f func(n int)) { fmt.Printf("| %s | %s / %s |\n", name, short(burst(f)), m.of(f)) }
	row("**Davit**", func(n int) {
		for range n {
			for _, f := range set.Flags() {
				f.Evaluate(c, 0)
			}
		}
	})
	row("flagd core 0.16.1", func(n int) {
		for range n {
			_ = theirs.all()
		}
	})
	fmt.Println()
	return nil
}

// loading measures how long sets take to be read and what they hold.
func loading(m *meter) error {
	fmt.Println("| reading a set, a rule and a split in each flag | document | CPU time, best | CPU time, median | memory held |\n|---|---|---|---|---|")
	for _, size := range []int{500, 5000, 10_000} {
		doc := []byte(manyFlags(size))
		c := m.of(func(n int) {
			for range n {
				if _, _, err := flag.Parse(doc, flag.ParseOptions{}); err != nil {
					panic(err)
				}
			}
		})
		before := heap()
		set, _, err := flag.Parse(doc, flag.ParseOptions{})
		if err != nil {
			return err
		}
		held := heap() - before
		fmt.Printf("| **Davit**, %d flags | %.1f MB | %s | %s | %.1f MB |\n", set.Len(), float64(len(doc))/1e6, short(c.best), short(c.cpu), float64(held)/1e6)
	}
	doc := manyFlags(500)
	c := m.of(func(n int) {
		for range n {
			if _, err := newFlagd(doc); err != nil {
				panic(err)
			}
		}
	})
	fmt.Printf("| flagd core 0.16.1, 500 flags | %.1f MB | %s | %s | – |\n\n", float64(len(doc))/1e6, short(c.best), short(c.cpu))
	return nil
}
