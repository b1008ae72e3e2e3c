package davit

// Sample is what the router measured in one second of one version (and, if
// known, one instance of it).
type Sample struct {
	Second      int64 // unix seconds
	Service     string
	Environment string
	Release     string
	Instance    string
	Mark        Mark
	Requests    uint64
	Errors      uint64    // status 5xx, no answer, cut answer
	Status      [6]uint64 // by class; index 0 counts requests without an answer
	Bytes       uint64    // sent to clients
	Hist        Hist      // latencies of requests that were not errors
	Refused     uint64    // connections an instance did not accept; the requests are counted by how they ended
	Retries     uint64    // attempts made again within the version; not in Requests
}

// Mark tells live traffic from the rest; only Live enters the live judgement of a
// rollout. ArmMark makes marks of parts of the live traffic.
type Mark string

// The marks.
const (
	Live   Mark = ""
	Probe  Mark = "probe"  // sent by Davit: smoke tests, synthetic probes
	Mirror Mark = "mirror" // a copy, its answer dropped
	Warmup Mark = "warmup" // a cold process's excused first seconds
)

// Hist is a sparse histogram of latencies in milliseconds: bucket j counts
// [2^(j/8), 2^((j+1)/8)), j = 0 … 127, with everything below 1 ms in bucket 0.
// It is an OpenTelemetry exponential histogram of scale 3. Buckets are sorted.
type Hist []Bucket

// Bucket is one non-empty bucket.
type Bucket struct {
	Index uint8
	Count uint64
}
