// Package access says who may do what: each verb needs a least role, and each
// role includes the one before it. A credential for flags may further be bound
// to flag sets. It also makes and hashes tokens. It decides
// only; where tokens are kept and how a request carries one is elsewhere.
package access
