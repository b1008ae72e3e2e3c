package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// initialised is the answer of init in JSON.
type initialised struct {
	File     string   `json:"file"`
	Services []string `json:"services"`
	Remote   string   `json:"remote,omitempty"`
	Next     []string `json:"next"`
}

func (a *line) initCommand() *cobra.Command {
	var force, show bool
	cmd := command(groupBegin, "init", "Looks at this repository and writes a short, commented davit.yaml.",
		"It knows Go, Node, Python, static sites, Dockerfiles and Procfiles, and folders of\nthose. In a git repository it also adds the remote davit, so that\n`git push davit main` ships.",
		"  davit init\n  davit init --print")
	cmd.Flags().BoolVar(&force, "force", false, "write over a davit.yaml that is there")
	cmd.Flags().BoolVar(&show, "print", false, "print it instead of writing it")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		top, err := a.repository(cmd.Context())
		inGit := err == nil
		if !inGit {
			top = a.Dir
		}
		facts, err := gatherFacts(top)
		if err != nil {
			return err
		}
		text := spec.Init(facts)
		if show {
			_, err := a.Stdout.Write(text)
			return err
		}
		path := filepath.Join(top, configFile)
		if _, err := os.Lstat(path); err == nil && !force {
			return &davit.Error{Kind: davit.Conflict, Text: "there is a " + configFile + " already", Hint: "davit validate checks it; --force writes over it"}
		}
		if err := os.WriteFile(path, text, 0o644); err != nil { //nolint:gosec // a file of the repository, for everybody
			return &davit.Error{Kind: davit.Invalid, Text: err.Error()}
		}
		return a.initDone(cmd.Context(), path, text, inGit)
	}
	return cmd
}

func (a *line) initDone(ctx context.Context, path string, text []byte, inGit bool) error {
	out := initialised{File: path, Services: []string{}}
	file, err := spec.Parse(configFile, text, a.known())
	if err == nil {
		for _, s := range file.Services {
			out.Services = append(out.Services, s.Name)
		}
	}
	if inGit {
		if out.Remote, err = a.addRemote(ctx, filepath.Dir(path)); err != nil {
			return err
		}
	} else {
		out.Next = append(out.Next, "git init")
	}
	out.Next = append(out.Next, "git add -A && git commit -m \"Describe how it ships\"", "davit server   (in another terminal, if none runs)", "davit ship")
	return a.answer(out, func() {
		a.say("Wrote %s:\n", configFile)
		indent(a.Stdout, "  ", string(text))
		if out.Remote != "" {
			a.say("\nAdded the git remote davit: %s", out.Remote)
		}
		a.say("\nNext:")
		for _, n := range out.Next {
			a.say("  %s", n)
		}
	})
}

// addRemote adds the remote and tells git who gives it the token.
func (a *line) addRemote(ctx context.Context, top string) (string, error) {
	address, err := a.address()
	if err != nil {
		return "", err
	}
	if _, err := a.git(ctx, "remote", "get-url", remoteName); err == nil {
		return "", nil // it is there, and it is its owner's
	}
	remote := address + "/git/" + a.repositoryName(ctx, top) + ".git"
	if _, err := url.Parse(remote); err != nil {
		return "", misused("%q is not the address of a server", address)
	}
	if _, err := a.git(ctx, "remote", "add", remoteName, remote); err != nil {
		return "", err
	}
	helper := "!davit"
	if self, err := os.Executable(); err == nil && filepath.Base(self) == "davit" {
		helper = "!" + shellQuote(self)
	}
	if a.server != "" {
		helper += " --server " + shellQuote(a.server)
	}
	if a.data != "" {
		helper += " --data " + shellQuote(a.folder())
	}
	_, err = a.git(ctx, "config", "--local", "credential."+address+".helper", helper+" credential")
	return remote, err
}

// shellQuote makes one word of s for a shell.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

const (
	maxFiles = 20_000
	maxPeek  = 64 << 10 // bytes read of a file that tells something
)

// gatherFacts looks at the files below a folder.
func gatherFacts(top string) (spec.Facts, error) {
	f := spec.Facts{Name: filepath.Base(top), Contents: map[string]string{}}
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // what cannot be read tells nothing
		}
		name, err := filepath.Rel(top, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); name != "." && (strings.HasPrefix(base, ".") || base == "node_modules" || base == "vendor" || base == "venv") {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		if len(f.Files) == maxFiles {
			return fs.SkipAll
		}
		name = filepath.ToSlash(name)
		f.Files = append(f.Files, name)
		if spec.Telling(name) {
			f.Contents[name] = peek(path)
		}
		return nil
	})
	if err != nil {
		return f, fmt.Errorf("look at %s: %w", top, err)
	}
	return f, nil
}

// peek reads the beginning of a file.
func peek(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	b, err := io.ReadAll(io.LimitReader(file, maxPeek))
	if err != nil && !errors.Is(err, io.EOF) {
		return ""
	}
	return string(b)
}
