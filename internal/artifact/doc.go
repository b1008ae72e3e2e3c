// Package artifact keeps what a run has made: one OCI image a release, named by
// the digest of its content, in a registry that is a folder on disk and speaks
// the OCI distribution protocol to docker, crane and every other client.
//
// The folder is an OCI layout's blob store with two kinds of names beside it:
//
//	blobs/sha256/<hex>                         manifests, configs, layers
//	repositories/<name>/manifests/<hex>        media type: the manifest is in the repository
//	repositories/<name>/tags/<tag>             digest
//	repositories/<name>/referrers/<hex>/<hex>  subject and the manifest that is about it
//	uploads/<id>                               what is still arriving
//
// Nothing is remembered elsewhere, so a restart forgets nothing. A file appears
// whole or not at all: it is written under uploads/, checked against its digest,
// synced and renamed. A manifest is named only after all it names is there:
//
//	draft ──write──► hashed ──digest right──► synced ──rename──► blob ──all parts there──► manifest ──► tag
//	  └── short, too large, wrong digest, crash ──► gone
//
// Retention goes the other way round: names first, then blobs, so a crash in
// between leaves blobs without a name, which the next sweep takes.
//
// A packed folder depends on nothing but the names, contents and executable bits
// of its files and on the configuration it is packed with: not on times, owners,
// the order in which the disk lists them, or a compressor's version (its layer is
// a plain tar). The same folder is the same digest on every machine.
package artifact
