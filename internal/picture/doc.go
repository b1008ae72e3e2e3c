// Package picture draws two groups of users side by side over the same seconds,
// with the judge's evidence as it grows: a new version beside the old one, or
// those who have a flag's variant beside the others. A picture stays small,
// however long it goes on: where it has too many moments, two become one.
package picture
