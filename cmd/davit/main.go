// Command davit lowers every commit into production gently, and hoists it back
// the moment it takes on water.
package main

import (
	"os"

	"github.com/davit-cd/davit/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:])) }
