package process

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// findIn returns the path of a program as a shell with env would find it: a
// name with a slash stands for itself, relative to the working folder; another
// is looked for in PATH.
func findIn(program string, env []string) (string, error) {
	if strings.Contains(program, "/") {
		return program, executable(program)
	}
	for _, e := range slices.Backward(env) {
		path, ok := strings.CutPrefix(e, "PATH=")
		if !ok {
			continue
		}
		for _, dir := range filepath.SplitList(path) {
			if file := filepath.Join(fallback(dir, "."), program); executable(file) == nil {
				return file, nil
			}
		}
		break
	}
	return "", exec.ErrNotFound
}

// executable says why a file cannot be run.
func executable(file string) error {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("no such file")
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("it is a folder")
	case info.Mode().Perm()&0o111 == 0:
		return errors.New("the file is not executable")
	}
	return nil
}
