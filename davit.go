// Package davit is the vocabulary of the program: the nouns that more than two
// rooms speak. It imports the standard library only and does no I/O. Words are
// those of the field (Continuous Delivery, SRE, OCI, OpenFeature); see
// ARCHITECTURE.md for where each is made and used.
package davit
