package ofrep_test

import (
	"errors"

	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/ofrep"
)

// broken is a Book that cannot read.
type broken struct{ ofrep.Book }

func (broken) Set(string) (*flag.Set, error) { return nil, errors.New("disk on fire") }
