package telemetry

import (
	"cmp"

	"github.com/davit-cd/davit"
)

// key names a series: all samples that differ only in their second.
type key struct {
	service, environment, release, instance string
	mark                                    davit.Mark
}

func keyOf(s *davit.Sample) key {
	return key{s.Service, s.Environment, s.Release, s.Instance, s.Mark}
}

// name writes the key into a sample.
func (k key) name(s *davit.Sample) {
	s.Service, s.Environment, s.Release, s.Instance, s.Mark = k.service, k.environment, k.release, k.instance, k.mark
}

func compareKeys(a, b key) int {
	return cmp.Or(
		cmp.Compare(a.service, b.service), cmp.Compare(a.environment, b.environment),
		cmp.Compare(a.release, b.release), cmp.Compare(a.instance, b.instance), cmp.Compare(a.mark, b.mark),
	)
}

func (k key) append(b []byte) []byte {
	for _, s := range []string{k.service, k.environment, k.release, k.instance, string(k.mark)} {
		b = appendText(b, s)
	}
	return b
}

func readKey(r *reader) key {
	return key{r.text(), r.text(), r.text(), r.text(), davit.Mark(r.text())}
}
