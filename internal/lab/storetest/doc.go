// Package storetest is what every store must do, whatever database is under
// it. A store's own tests call Exercise.
package storetest
