package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// secretRoot returns the folder that holds the secret files of all instances:
// in memory where the system has a folder for that, so that they never reach a
// disk, else in the data folder.
func secretRoot(data string) (string, error) {
	root := filepath.Join(data, "instances", "secrets")
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		root = filepath.Join("/dev/shm", "davit-"+strconv.Itoa(os.Getuid())+"-"+shortHash(data))
	}
	if err := os.Mkdir(root, 0o700); err != nil && !os.IsExist(err) {
		return "", fmt.Errorf("make a folder for secret files: %w", err)
	}
	// /dev/shm is everybody's: somebody else may have been there first.
	info, err := os.Lstat(root)
	if err != nil {
		return "", fmt.Errorf("make a folder for secret files: %w", err)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); !ok || !info.IsDir() || int(st.Uid) != os.Getuid() || info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("make a folder for secret files: %s is not a private folder of this user", root)
	}
	return root, nil
}

// writeSecretFiles writes files below dir, which is made anew.
func writeSecretFiles(dir string, files map[string]string) error {
	if dir == "" {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("write secret files: %w", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("write secret files: %w", err)
	}
	r, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("write secret files: %w", err)
	}
	defer r.Close()
	for path, value := range files {
		if err := r.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("write secret file %q: %w", path, err)
		}
		if err := r.WriteFile(path, []byte(value), 0o400); err != nil {
			return fmt.Errorf("write secret file %q: %w", path, err)
		}
	}
	return nil
}
