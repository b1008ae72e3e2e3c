package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/flag/authoring"
)

// maxInput is the most that is read from standard input.
const maxInput = 1 << 20

func readAll(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err == nil && len(data) > maxInput {
		err = &davit.Error{Kind: davit.TooLarge, Text: "more than 1 MiB came in"}
	}
	return data, err
}

func (a *line) flagsEditCommand() *cobra.Command {
	var f flagChange
	var file string
	var set []string
	cmd := command("", "edit KEY", "Changes a flag: in $EDITOR, from a file, or key by key with --set.",
		"The editor shows the flag as it would stand in a file. If somebody else has changed it meanwhile,\nnothing is overwritten.",
		"  davit flags edit new-checkout\n  davit flags edit new-checkout --set owner=team-web --set expires=2026-12-01\n"+
			"  davit flags edit new-checkout --set 'environments.production.targets={on: [user-1]}'\n  davit flags edit new-checkout --file new-checkout.yaml")
	cmd.Args = cobra.ExactArgs(1)
	f.all(cmd, "")
	cmd.Flags().StringVar(&file, "file", "", "read the flag from a file in YAML or JSON, - for standard input")
	cmd.Flags().StringArrayVar(&set, "set", nil, "PATH=`value`: change one key; the value is YAML; an empty one takes the key away (may be repeated)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		v, err := flagCall[api.FlagDetail](cmd.Context(), a, "get-flag", f.project, args[0], nil, nil)
		if err != nil {
			return err
		}
		var text string
		switch {
		case file != "" && len(set) > 0:
			return misused("--file and --set exclude each other")
		case file != "":
			data, err := a.readInput(file)
			if err != nil {
				return err
			}
			text = string(data)
		case len(set) > 0:
			if text, err = setKeys(v.Document, set); err != nil {
				return err
			}
		default:
			if text, err = a.inEditor(cmd, v.Key, v.YAML); err != nil {
				return err
			}
			if text == v.YAML {
				a.say("Nothing was changed.")
				return nil
			}
		}
		f.project = v.Project
		if f.version == 0 {
			f.version = v.Version
		}
		return a.flagEdit(cmd.Context(), "edit-flag", args[0], f, api.EditFlag{Document: text, Version: f.version, Reason: f.reason})
	}
	return cmd
}

// setKeys changes keys of a flag's document and leaves the others, and the order
// of all, as they are.
func setKeys(document json.RawMessage, set []string) (string, error) {
	for _, s := range set {
		path, value, ok := strings.Cut(s, "=")
		if !ok || path == "" {
			return "", misused("--set %s: want PATH=VALUE", s)
		}
		names := strings.Split(path, ".")
		var raw json.RawMessage
		if value != "" {
			v, err := yamlValue(value)
			if err != nil {
				return "", misused("--set %s: %v", s, err)
			}
			if raw, err = json.Marshal(v); err != nil {
				return "", misused("--set %s: %v", s, err)
			}
		}
		var err error
		if document, err = setIn(document, names, raw); err != nil {
			return "", misused("--set %s: %v", s, err)
		}
		// serve and ramp exclude each other
		if other, ok := map[string]string{"serve": "ramp", "ramp": "serve"}[names[len(names)-1]]; ok && raw != nil {
			names[len(names)-1] = other
			if document, err = setIn(document, names, nil); err != nil {
				return "", misused("--set %s: %v", s, err)
			}
		}
	}
	var out bytes.Buffer
	err := json.Indent(&out, document, "", "  ")
	return out.String(), err
}

// setIn changes what stands at a path of keys; no value takes the key away.
func setIn(document json.RawMessage, path []string, value json.RawMessage) (json.RawMessage, error) {
	var o authoring.Ordered[json.RawMessage]
	if len(document) > 0 {
		if err := json.Unmarshal(document, &o); err != nil {
			return nil, fmt.Errorf("%s is no key of a map", path[0])
		}
	}
	at := slices.IndexFunc(o, func(e authoring.Named[json.RawMessage]) bool { return e.Name == path[0] })
	if at < 0 && value == nil {
		return document, nil
	}
	if at < 0 {
		at, o = len(o), append(o, authoring.Named[json.RawMessage]{Name: path[0]})
	}
	if len(path) == 1 {
		o[at].Value = value
		if value == nil {
			o = slices.Delete(o, at, at+1)
		}
		return json.Marshal(o)
	}
	below, err := setIn(o[at].Value, path[1:], value)
	if err != nil {
		return nil, err
	}
	o[at].Value = below
	return json.Marshal(o)
}

// inEditor lets the user change a text.
func (a *line) inEditor(cmd *cobra.Command, key, text string) (string, error) {
	editor := a.Getenv("VISUAL")
	if editor == "" {
		editor = a.Getenv("EDITOR")
	}
	if editor == "" {
		return "", &davit.Error{Kind: davit.Invalid, Text: "no editor is known", Hint: "set EDITOR, or use --set or --file"}
	}
	dir, err := os.MkdirTemp("", "davit-flag-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	name := filepath.Join(dir, strings.Map(func(r rune) rune {
		if r == '/' || r == os.PathSeparator || r < ' ' {
			return '-'
		}
		return r
	}, key)+".yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		return "", err
	}
	run := exec.CommandContext(cmd.Context(), "sh", "-c", editor+` "$1"`, "sh", name)
	run.Stdin, run.Stdout, run.Stderr = a.Stdin, a.Stdout, a.Stderr
	if err := run.Run(); err != nil {
		return "", &davit.Error{Kind: davit.Invalid, Text: "the editor ended with an error: nothing was changed", Err: errors.Unwrap(err)}
	}
	out, err := os.ReadFile(name)
	return string(bytes.TrimPrefix(out, []byte("\ufeff"))), err
}
