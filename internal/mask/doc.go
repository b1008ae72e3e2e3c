// Package mask hides secret values in text: in the log lines of a stage, in the
// output of an instance, in an error that quotes what a command printed. It is
// pure; whoever writes logs passes their bytes through it.
//
// A value is hidden as it is and as programs commonly print it: in base64 (also
// inside a longer encoded text, and wrapped), URL-encoded, as a JSON string, quoted for
// the shell, in hex, and line by line. Values that touch or overlap are hidden
// together, so that no rest of either shows. Values shorter than Least are not
// hidden: they would tear ordinary text apart and still be guessed from the gaps.
package mask
