// Package sqlitefile opens the one SQLite file that holds everything of a platform on one machine. It owns how the file is
// opened, written and read; each adapter owns its own tables.
//
// One connection writes, in transactions that take the write lock at once; four read side by side. The file is in WAL mode
// with synchronous=FULL: what was committed survives kill -9 and a power cut.
package sqlitefile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"

	_ "modernc.org/sqlite" // the driver
)

const readers = 4

// File is an open database file.
type File struct {
	writer *sql.DB
	reader *sql.DB

	mu    sync.Mutex
	bells map[string]*Bell
}

// Open opens the file, making it where there is none, so that only its owner can read it.
func Open(path string) (*File, error) {
	// SQLite gives its companions the mode of the file.
	made, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if err := made.Close(); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=temp_store(MEMORY)"
	writer, err := sql.Open("sqlite", dsn+"&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	writer.SetMaxOpenConns(1)
	if err := writer.Ping(); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), writer.Close())
	}
	reader, err := sql.Open("sqlite", dsn+"&_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), writer.Close())
	}
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	return &File{writer: writer, reader: reader, bells: map[string]*Bell{}}, nil
}

// Close closes the file once what is under way has ended.
func (f *File) Close() error { return errors.Join(f.reader.Close(), f.writer.Close()) }

// Schema carries out the statements that make an adapter's tables, which do nothing where the tables exist.
func (f *File) Schema(statements string) error {
	if _, err := f.writer.Exec(statements); err != nil {
		return fmt.Errorf("prepare tables: %w", err)
	}
	return nil
}

// Write runs do in a transaction that is committed when do returns nil and rolled back otherwise. Writes happen one after
// another.
func (f *File) Write(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := f.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // also when do panics: nobody could write again; after a commit it does nothing
	if err := do(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// Reader returns the connections for reading: each query sees everything that was committed before it began.
func (f *File) Reader() *sql.DB { return f.reader }
