package refs

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// Use is a place in the code where a flag is asked for or its key stands.
type Use struct {
	File   string
	Line   int    // from 1
	Column int    // in bytes, from 1
	Key    string // empty: a call whose key cannot be read
	Call   string // the function that is called; empty: the key stands there as a text
	Text   string // the line
}

// Scanner finds uses of flags.
type Scanner struct {
	keys map[string]bool
	call *regexp.Regexp
	text *regexp.Regexp // nil: no keys are known
}

// functions are the names of calls that ask for a flag, of OpenFeature in its
// languages and of LaunchDarkly, Unleash, GrowthBook, GO Feature Flag and Flipt.
func functions() []string {
	return []string{
		`(?:get|Get|fetch)_?(?:Boolean|Bool|String|Number|Integer|Int|Float|Double|Object|Struct)(?:Value|Details|EvaluationDetails)(?:Async)?`, // OpenFeature: Java, Kotlin, C#, JS, PHP, Swift
		`(?:get|fetch)_(?:boolean|bool|string|number|integer|int|float|double|object|struct)_(?:value|details)(?:_async)?`,                      // OpenFeature: Python, Ruby, Rust
		`(?:Boolean|String|Int|Float|Object)(?:Value|ValueDetails)`,                                                                             // OpenFeature: Go
		`use(?:Boolean|String|Number|Object)Flag(?:Value|Details)`, `useSuspenseFlag`, `useFlag`, `useVariant`, `useFlagStatus`,                 // OpenFeature and Unleash: React
		`(?:[bB]ool|[sS]tring|[iI]nt|[dD]ouble|[fF]loat(?:64)?|[nN]umber|[jJ]son|JSON)Variation(?:Detail|Details|Async|DetailAsync)?`, `variation(?:Detail|_detail)?`, `(?:bool|string|int|float|json)_variation(?:_detail)?`, // LaunchDarkly, GO Feature Flag
		`[iI]sEnabled`, `is_enabled\??`, `is_enabled`, `getVariant`, `get_variant`, `GetVariant`, // Unleash
		`isOn`, `isOff`, `is_on`, `is_off`, `IsOn`, `getFeatureValue`, `get_feature_value`, `GetFeatureValue`, `evalFeature`, `eval_feature`, `EvalFeature`, `useFeature(?:IsOn|Value)?`, // GrowthBook
		`evaluate_?(?:Boolean|boolean|Variant|variant)`, `Evaluate(?:Boolean|Variant)`, // Flipt
	}
}

// NewScanner returns a scanner that also finds where one of the keys stands as a
// text, such as in a constant.
func NewScanner(keys []string) *Scanner {
	s := &Scanner{keys: map[string]bool{}}
	// name(  [type arguments]  [a context,]  [a name =]  "key"
	s.call = regexp.MustCompile(`(?:^|[^\w$])(` + strings.Join(functions(), "|") + `)\s*(?:<[^<>()]{0,80}>)?\s*\(\s*(?:(?:&?[A-Za-z_$][\w$.]*(?:\(\))?)\s*,\s*)?(?:(?:flag_?[kK]ey|key|feature|toggleName|name)\s*[:=]\s*)?(?:"((?:[^"\\\n]|\\.){1,200})"|'((?:[^'\\\n]|\\.){1,200})'|` + "`([^`$\n]{1,200})`" + `|([A-Za-z_$&][\w$.]*))`)
	var quoted []string
	for _, k := range keys {
		if !s.keys[k] {
			s.keys[k] = true
			quoted = append(quoted, regexp.QuoteMeta(k))
		}
	}
	if len(quoted) > 0 {
		slices.SortFunc(quoted, func(a, b string) int { return len(b) - len(a) })
		s.text = regexp.MustCompile("[\"'`/](" + strings.Join(quoted, "|") + ")[\"'`?]")
	}
	return s
}

// Reads reports whether a file is source code of a language whose calls are
// known.
func Reads(file string) bool {
	return slices.Contains([]string{
		".go", ".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".vue", ".svelte", ".py", ".java", ".kt", ".kts", ".cs", ".rb", ".erb", ".php", ".swift", ".rs", ".scala", ".dart",
	}, path.Ext(file))
}

// Skips reports whether a folder holds what others have written.
func Skips(folder string) bool {
	return slices.Contains([]string{"node_modules", "vendor", "dist", "build", "target", "venv", "__pycache__", "Pods", "bin", "obj"}, folder) || strings.HasPrefix(folder, ".") && folder != "."
}

// Scan returns the uses in a file, in the order of the file.
func (s *Scanner) Scan(file string, source []byte) []Use {
	text := string(source)
	var out []Use
	taken := map[int]bool{} // where a key begins that a call was found for
	for _, m := range s.call.FindAllStringSubmatchIndex(text, -1) {
		u := Use{File: file, Call: text[m[2]:m[3]]}
		certain := telling(u.Call) || ofGo(text[m[3]:m[1]])
		var at int
		switch {
		case m[4] >= 0:
			u.Key, at = text[m[4]:m[5]], m[4]
		case m[6] >= 0:
			u.Key, at = text[m[6]:m[7]], m[6]
		case m[8] >= 0:
			u.Key, at = text[m[8]:m[9]], m[8]
		default:
			if !certain { // a common name called with something else is most likely another's
				continue
			}
			at = m[10]
		}
		if comment(text, at) || u.Key != "" && !certain && !s.keys[u.Key] {
			continue
		}
		taken[at] = true
		out = append(out, s.placed(u, text, at))
	}
	if s.text != nil {
		for _, m := range s.text.FindAllStringSubmatchIndex(text, -1) {
			if !taken[m[2]] && !comment(text, m[2]) {
				out = append(out, s.placed(Use{File: file, Key: text[m[2]:m[3]]}, text, m[2]))
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Use) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return out
}

// telling reports whether a function of this name can hardly be about anything but
// a flag. Others count only with a key that is known.
func telling(call string) bool {
	lower := strings.ToLower(strings.ReplaceAll(call, "_", ""))
	return !slices.Contains([]string{"isenabled", "isenabled?", "getvariant", "ison", "isoff", "variation", "usevariant", "intvalue", "stringvalue", "floatvalue", "objectvalue", "booleanvalue", "getstringvalue", "getintvalue", "getfloatvalue", "getdoublevalue", "getobjectvalue", "getnumbervalue", "getintegervalue", "fetchstringvalue"}, lower)
}

// ofGo reports whether a call begins with a context, as those of OpenFeature's
// Go SDK do: then its name may be a common one.
func ofGo(arguments string) bool {
	first, _, more := strings.Cut(strings.TrimLeft(arguments, "( \t\n"), ",")
	return more && (first == "ctx" || strings.HasSuffix(first, "Context()") || first == "context.Background()")
}

// comment reports whether a line comment begins before a place of its line.
func comment(text string, at int) bool {
	begin := strings.LastIndexByte(text[:at], '\n') + 1
	line := strings.TrimSpace(text[begin:at])
	return strings.HasPrefix(line, "//") || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "*") || strings.HasPrefix(line, "--")
}

func (s *Scanner) placed(u Use, text string, at int) Use {
	begin := strings.LastIndexByte(text[:at], '\n') + 1
	end := len(text)
	if n := strings.IndexByte(text[at:], '\n'); n >= 0 {
		end = at + n
	}
	u.Line, u.Column, u.Text = 1+strings.Count(text[:at], "\n"), at-begin+1, strings.TrimSpace(text[begin:end])
	if len(u.Text) > 160 {
		u.Text = strings.ToValidUTF8(u.Text[:160], "") + "…"
	}
	return u
}
