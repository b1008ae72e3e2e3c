// Package importing turns what other systems export into authored flags, and
// says what could not be carried over. Wherever it can be done users keep the
// buckets the other system has put them in.
package importing
