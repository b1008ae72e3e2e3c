package judge

// metric is one way in which a version can be worse.
type metric int

const (
	errorsMetric metric = iota
	locationMetric
	tail90
	tail99
	tail999
	metricCount
)

var allMetrics = [...]metric{errorsMetric, locationMetric, tail90, tail99, tail999}

// String returns the name used in results.
func (m metric) String() string {
	return [...]string{"errors", "latency", "latency p90", "latency p99", "latency p99.9"}[m]
}

// quantile returns the index in quantiles that a latency metric is about.
func (m metric) quantile() int { return int(m - locationMetric) }
