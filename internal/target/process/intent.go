package process

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/davit-cd/davit"
)

// groupIntent is what was asked for last of one release in one environment. It
// stays for a while after a stop, because its epoch fences late calls.
type groupIntent struct {
	Workload davit.Workload
	Count    int
	Epoch    uint64
	At       time.Time
}

// intent is what is wanted of one instance.
type intent struct {
	ID          string
	Service     string
	Environment string
	Release     string
	Ordinal     int
	Port        int
	Attempt     int  // grows before each start; a launcher of an older attempt gives up
	Stopping    bool // no launcher may start it
}

// facts is what the server knew last; the next one starts from it.
type facts struct {
	State    davit.InstanceState
	Reason   string
	Restarts int
	Started  time.Time
	Deaths   []time.Time
}

var name = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,126}$`)

// checkNames refuses what could leave the folders or confuse two groups.
func checkNames(service, release, environment string) error {
	for what, s := range map[string]string{"service": service, "release": release, "environment": environment} {
		if !name.MatchString(s) || strings.Contains(s, "..") {
			return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("%s %q is not a name", what, s), Hint: "use letters, digits, '-', '_' and '.'"}
		}
	}
	return nil
}

func instanceID(release, environment string, ordinal int) string {
	return release + "-" + environment + "-" + strconv.Itoa(ordinal)
}
