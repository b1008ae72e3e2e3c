package api

// MaxLimit is the most things on one page; DefaultLimit is what a request gets
// that does not say.
const (
	MaxLimit     = 500
	DefaultLimit = 50
)

// Page is one page of a list.
type Page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Cursor of the next page: pass it as after; missing on the last page"`
}
