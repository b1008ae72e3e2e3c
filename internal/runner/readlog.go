package runner

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/davit-cd/davit"
)

// ReadLog returns at most n lines of an attempt's log from a byte offset on, the
// offset behind them, and whether the log is at its end and will not grow.
// Offset 0 is the beginning. It answers at once: who follows a log asks again.
func (r *Runner) ReadLog(run, stage string, attempt int, offset int64, n int) (lines []Line, next int64, ended bool, err error) {
	if err := errors.Join(checkName("run", run), checkName("stage", stage)); err != nil {
		return nil, 0, false, err
	}
	f, err := os.Open(filepath.Join(r.runs(), run, stage+"."+strconv.Itoa(attempt)+".log"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, 0, false, &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("there is no log of attempt %d of stage %s of %s", attempt, stage, run)}
	}
	if err != nil {
		return nil, 0, false, fmt.Errorf("open log: %w", err)
	}
	defer f.Close()
	if _, err := f.Seek(max(offset, 0), io.SeekStart); err != nil {
		return nil, 0, false, fmt.Errorf("read log: %w", err)
	}
	next = max(offset, 0)
	for from := bufio.NewReader(f); len(lines) < n; {
		b, err := from.ReadBytes('\n')
		if err != nil {
			break // the end, or a line that is being written
		}
		next += int64(len(b))
		var line Line
		if json.Unmarshal(b, &line) != nil {
			continue // cut short when the server went away, or an offset within a line
		}
		lines, ended = append(lines, line), line.End
	}
	if ended {
		if info, err := f.Stat(); err == nil && info.Size() > next {
			ended = false // the attempt was started again
		}
	}
	return lines, next, ended, nil
}
