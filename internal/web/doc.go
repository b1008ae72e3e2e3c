// Package web serves the page: the files that `make page` builds from web/, as
// they lie embedded in the binary, with the headers that keep a browser safe.
// What the page shows comes from the API, and who looks at it is the server's
// business; this package knows files only.
//
// A binary that was built without Node has no page. It says so, and how to get
// it, in place of the page.
package web
