package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	role := flag.String("role", "", "the part of a child process: davit, flagd or flagd-bare")
	rounds := flag.Int("n", 5, "rounds, of which the median counts")
	each := flag.Duration("d", 3*time.Second, "how long a round takes")
	streams := flag.Int("streams", 1000, "clients that follow changes")
	flag.Parse()
	var err error
	switch *role {
	case "davit":
		err = serveDavit()
	case "flagd":
		err = serveFlagd(true)
	case "flagd-bare":
		err = serveFlagd(false)
	default:
		err = measure(*rounds, *each, *streams)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// threeFlags are those of the command above.
const threeFlags = `{"flags":{
	"simple":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"on"},
	"rule3":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":{"if":[{"and":[
		{"ends_with":[{"var":"email"},"@example.com"]},{"in":[{"var":"country"},["NL","BE","DE"]]},{">=":[{"var":"age"},18]}]},"on","off"]}},
	"split":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":{"fractional":[["on",25],["off",75]]}}}}`

const asker = `{"context":{"targetingKey":"user-123456","email":"jon@example.com","country":"NL","age":42,"plan":"pro","beta":true}}`
