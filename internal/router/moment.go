package router

import "time"

// moment is a point in time by the clock that nobody can set, in nanoseconds
// since this process began. It is never 0, which stands for none. What has a
// deadline in here is measured by it: if somebody sets the machine's clock ten
// minutes ahead, no request has taken ten minutes.
type moment int64

var processBegan = time.Now()

// momentOf is when t was; t must come from time.Now, which reads both clocks.
func momentOf(t time.Time) moment { return moment(t.Sub(processBegan)) + 1 }

func now() moment { return momentOf(time.Now()) }
