// Package rowlog keeps results of a long computation, rows of equal length, in a file that grows while
// they are computed. Whoever opens it again gets what is whole and goes on behind that: each block of
// rows has a checksum, and the first line says of which computation it is.
//
// The file is the key and the length of a row as one line of JSON, then blocks: the number of rows and
// the CRC-32C of what follows, both uint32 in little-endian order, and the rows.
package rowlog

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"time"
)

// header is the first line.
type header struct {
	Format   string `json:"format"`
	Key      string `json:"key"`
	RowBytes int    `json:"row_bytes"`
}

const (
	format      = "rowlog 1"
	blockHeader = 8
	// syncEvery is about how much of the computation a power cut may cost.
	syncEvery = 5 * time.Second
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// OtherError says that the file is of another computation.
type OtherError struct{ Path string }

func (e *OtherError) Error() string {
	return fmt.Sprintf("%s holds the beginning of another computation", e.Path)
}

// Log is an open file. One process at a time may have it.
type Log struct {
	path     string
	f        *os.File
	rowBytes int
	rows     int
	begin    int64 // where the blocks begin
	end      int64
	synced   time.Time
}

// Open opens the log of the computation that key names, or begins it. What is behind the last whole
// block is cut off. The error is an *OtherError where the file is of another computation; it is left
// as it is then.
func Open(path, key string, rowBytes int) (*Log, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	l := &Log{path: path, f: f, rowBytes: rowBytes, synced: time.Now()}
	if err := l.open(header{format, key, rowBytes}); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

func (l *Log) open(want header) error {
	first, err := json.Marshal(want)
	if err != nil {
		return err
	}
	first = append(first, '\n')
	info, err := l.f.Stat()
	if err != nil {
		return err
	}
	l.begin = int64(len(first))
	have := make([]byte, min(info.Size(), int64(len(first))))
	if _, err := l.f.ReadAt(have, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if string(have) != string(first[:len(have)]) {
		return &OtherError{l.path}
	}
	if len(have) < len(first) { // new, or torn in its first line
		if _, err := l.f.WriteAt(first, 0); err != nil {
			return err
		}
	}
	l.end = l.begin
	if err := l.blocks(info.Size(), func([]byte) error { return nil }); err != nil {
		return err
	}
	if err := l.f.Truncate(l.end); err != nil {
		return err
	}
	return l.f.Sync()
}

// blocks calls f with the rows of each block, and leaves the log's end behind the last whole one.
func (l *Log) blocks(size int64, f func(rows []byte) error) error {
	l.rows, l.end = 0, l.begin
	r := bufio.NewReaderSize(io.NewSectionReader(l.f, l.begin, max(0, size-l.begin)), 1<<16)
	var head [blockHeader]byte
	for {
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return torn(err)
		}
		n := int64(binary.LittleEndian.Uint32(head[:])) * int64(l.rowBytes)
		if n == 0 || n > size-l.end-blockHeader {
			return nil
		}
		rows := make([]byte, n)
		if _, err := io.ReadFull(r, rows); err != nil {
			return torn(err)
		}
		if crc32.Checksum(rows, castagnoli) != binary.LittleEndian.Uint32(head[4:]) {
			return nil
		}
		if err := f(rows); err != nil {
			return err
		}
		l.end += blockHeader + n
		l.rows += int(n) / l.rowBytes
	}
}

// torn is nil for a file that ends, where it may.
func torn(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// Rows is the number of rows in the log.
func (l *Log) Rows() int { return l.rows }

// Append adds whole rows.
func (l *Log) Append(rows []byte) error {
	if len(rows) == 0 || len(rows)%l.rowBytes != 0 {
		return fmt.Errorf("rowlog: %d bytes are no rows of %d", len(rows), l.rowBytes)
	}
	block := make([]byte, blockHeader, blockHeader+len(rows))
	binary.LittleEndian.PutUint32(block, uint32(len(rows)/l.rowBytes))
	binary.LittleEndian.PutUint32(block[4:], crc32.Checksum(rows, castagnoli))
	block = append(block, rows...)
	if _, err := l.f.WriteAt(block, l.end); err != nil {
		return err
	}
	l.end += int64(len(block))
	l.rows += len(rows) / l.rowBytes
	if time.Since(l.synced) < syncEvery {
		return nil
	}
	l.synced = time.Now()
	return l.f.Sync()
}

// ReadAll returns all rows, each block checked once more.
func (l *Log) ReadAll() ([]byte, error) {
	want := l.rows
	all := make([]byte, 0, want*l.rowBytes)
	err := l.blocks(l.end, func(rows []byte) error { all = append(all, rows...); return nil })
	if err == nil && l.rows != want {
		err = fmt.Errorf("%s: byte %d: what was written there can't be read back", l.path, l.end)
	}
	return all, err
}

// Close makes everything durable and closes the file, which stays.
func (l *Log) Close() error { return errors.Join(l.f.Sync(), l.f.Close()) }

// Remove closes the file and removes it.
func (l *Log) Remove() error { return errors.Join(l.f.Close(), os.Remove(l.path)) }
