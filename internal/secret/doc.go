// Package secret seals what must not be read from the database, a backup or a
// log: passwords, tokens, certificates. The store keeps the sealed bytes; the
// key stays outside of it, in keys/secret.age (mode 0600), in a file of the
// operator's choice or in the environment.
//
// A sealed secret is an age file. Inside it, before the value, stands for which
// service, environment and name it was sealed, so whoever can write to the
// database cannot hand the production password to another service by swapping
// rows:
//
//	age( "davit secret 1\n" len service len environment len name value )
//
// Rotation adds a key: new secrets are sealed with the newest, old ones are still
// opened with theirs until Reseal has gone over them.
package secret
