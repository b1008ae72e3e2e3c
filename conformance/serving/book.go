package main

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
)

// book is the flags of a server, as documents in flagd's format.
type book struct {
	mu   sync.Mutex
	sets map[string]*flag.Set
	docs map[string][]byte // as they were published
	news chan struct{}
}

func (b *book) Set(id string) (*flag.Set, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.sets[id]; s != nil {
		return s, nil
	}
	return nil, &davit.Error{Kind: davit.NotFound, Text: "there is no flag set " + id}
}

func (b *book) Sets() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(maps.Keys(b.sets))
}

func (b *book) Changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.news
}

func (b *book) Evaluated(*flag.Set, flag.Result, *flag.Context) {}

func (b *book) publish(id string, doc []byte, hash int) error {
	set, _, err := flag.Parse(doc, flag.ParseOptions{ID: id, Lenient: true, Hash: hash})
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sets[id], b.docs[id] = set, doc
	close(b.news)
	b.news = make(chan struct{})
	return nil
}

// turn makes the other one of foo and bar a flag's default variant.
func (b *book) turn(id, key string) error {
	b.mu.Lock()
	doc, hash := b.docs[id], b.sets[id].Hash()
	b.mu.Unlock()
	var whole map[string]any
	if err := json.Unmarshal(doc, &whole); err != nil {
		return err
	}
	flags, _ := whole["flags"].(map[string]any)
	one, ok := flags[key].(map[string]any)
	if !ok {
		return errors.New("there is no flag " + key)
	}
	next := "foo"
	if one["defaultVariant"] == "foo" {
		next = "bar"
	}
	one["defaultVariant"] = next
	doc, err := json.Marshal(whole)
	if err != nil {
		return err
	}
	return b.publish(id, doc, hash)
}
