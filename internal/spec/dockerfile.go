package spec

import (
	"encoding/json"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// dockerCommand returns how the last stage of a Dockerfile is run, as a shell
// command for the folder with the image's files; empty if it does not say.
func dockerCommand(content string) string {
	content = regexp.MustCompile(`\\[ \t]*\r?\n`).ReplaceAllString(content, " ")
	folder := "/"
	var entry, command dockerWords
	for line := range strings.Lines(content) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		rest = strings.TrimSpace(rest)
		switch strings.ToUpper(word) {
		case "FROM":
			folder, entry, command = "/", dockerWords{}, dockerWords{}
		case "WORKDIR":
			if path.IsAbs(rest) {
				folder = path.Clean(rest)
			} else {
				folder = path.Join(folder, rest)
			}
		case "ENTRYPOINT":
			entry, command = dockerArgs(rest), dockerWords{}
		case "CMD":
			command = dockerArgs(rest)
		}
	}
	var run string
	switch {
	case entry.shell != "":
		run = entry.shell // a shell's entry point ignores CMD
	case len(entry.argv) > 0 && command.shell == "":
		run = shellWords(append(entry.argv, command.argv...), folder)
	case len(entry.argv) > 0:
		run = shellWords(append(entry.argv, "/bin/sh", "-c", command.shell), folder)
	case command.shell != "":
		run = command.shell
	default:
		run = shellWords(command.argv, folder)
	}
	if run == "" || folder == "/" {
		return run
	}
	return "cd " + quoteWord(strings.TrimPrefix(folder, "/")) + " && exec " + run
}

// dockerWords is a command in the list form or in the form for a shell.
type dockerWords struct {
	argv  []string
	shell string
}

func dockerArgs(text string) dockerWords {
	var argv []string
	if json.Unmarshal([]byte(text), &argv) == nil {
		return dockerWords{argv: argv}
	}
	return dockerWords{shell: text}
}

// shellWords writes a command for a shell in folder. A program that is named by
// its place in the image is found by its way from there.
func shellWords(argv []string, folder string) string {
	var words []string
	for i, w := range argv {
		if way, err := filepath.Rel(folder, w); i == 0 && path.IsAbs(w) && err == nil {
			w = "./" + way
		}
		words = append(words, quoteWord(w))
	}
	return strings.Join(words, " ")
}

// quoteWord quotes a word for a shell, if that is needed.
func quoteWord(w string) string {
	if w != "" && !regexp.MustCompile(`[^A-Za-z0-9_./:=@%+,-]`).MatchString(w) {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}
