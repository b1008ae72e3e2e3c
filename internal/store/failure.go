package store

import (
	"errors"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/davit-cd/davit"
)

// plain turns what the database says into an error that says what it means.
// It is the only place that knows the database's codes.
func plain(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*davit.Error](err); ok {
		return err
	}
	unavailable := func(text, hint string) error {
		return &davit.Error{Kind: davit.Unavailable, Text: text, Hint: hint, Err: err}
	}
	const freeSpace = "free space on the disk that holds the data folder; nothing was half written, and it goes on by itself"
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return unavailable("the disk that holds the data folder is full", freeSpace)
	}
	if errors.Is(err, fs.ErrPermission) {
		return unavailable("the data folder cannot be read and written", "give the user that davit runs as its data folder")
	}
	switch code(err) & 0xff {
	case sqlite3.SQLITE_FULL:
		return unavailable("the disk that holds the data folder is full", freeSpace)
	case sqlite3.SQLITE_IOERR:
		return unavailable("the disk that holds the data folder does not answer rightly, or is full", freeSpace)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return unavailable("the database file cannot be written", "give the user that davit runs as its data folder")
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return unavailable("another process holds the database", "is a backup or another tool reading state.db? try again")
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return &davit.Error{Kind: davit.Internal, Text: "the database file is damaged", Hint: "restore a backup of state.db", Err: err}
	}
	return err
}

// constraint reports whether err is about the content of one statement, and
// not about the database as a whole.
func constraint(err error) bool { return code(err)&0xff == sqlite3.SQLITE_CONSTRAINT }

func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return sqlite3.SQLITE_OK
}
