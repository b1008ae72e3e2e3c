package access_test

import (
	"strings"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/access"
)

func TestFlagSet(t *testing.T) {
	two := []string{"shop/production", "shop/staging"}
	for _, c := range []struct {
		name     string
		role     davit.Role
		bound    []string
		selector string
		sets     []string
		want     string
		kind     davit.ErrorKind
	}{
		{"one bound", davit.Client, two[:1], "", nil, two[0], ""},
		{"one bound, selected", davit.Client, two[:1], "flagSetId=shop/production", two, two[0], ""},
		{"one bound, other selected", davit.Client, two[:1], "flagSetId=shop/staging", two, "", davit.Forbidden},
		{"one bound, other as source", davit.Client, two[:1], "source=shop/staging", two, "", davit.Forbidden},
		{"one bound, other bare", davit.Client, two[:1], "shop/staging", two, "", davit.Forbidden},
		{"two bound", davit.Client, two, "", two, "", davit.Invalid},
		{"two bound, one there", davit.Client, two, "", []string{"shop/staging", "till/production"}, two[1], ""},
		{"two bound, selected", davit.Client, two, " source = shop/staging ", two, two[1], ""},
		{"all, one there", davit.Client, nil, "", two[:1], two[0], ""},
		{"all, none there", davit.Client, nil, "", nil, "", davit.Invalid},
		{"all, two there", davit.Viewer, nil, "", two, "", davit.Invalid},
		{"all, selected though not there", davit.Admin, nil, "flagSetId=x/y", two, "x/y", ""},
		{"agreeing", davit.Client, nil, "flagSetId=x/y,source=x/y", two, "x/y", ""},
		{"two selected", davit.Client, nil, "flagSetId=x/y,source=x/z", two, "", davit.Invalid},
		{"unknown key", davit.Client, nil, "colour=x/y", two, "", davit.Invalid},
		{"with a token", davit.Client, two[:1], "token=dvt_x, flagSetId=shop/production", two, two[0], ""},
		{"only a token", davit.Client, two[:1], "token=dvt_x", two, two[0], ""},
		{"nobody", "", two[:1], "", two, "", davit.Forbidden},
	} {
		got, err := access.Grant{Name: "sdk", Role: c.role, Flags: c.bound}.FlagSet(c.selector, func() []string { return c.sets })
		if got != c.want || davit.KindOf(err) != c.kind && err != nil || (err == nil) != (c.kind == "") {
			t.Errorf("%s: %q %v", c.name, got, err)
		}
	}
}

func TestSelectorToken(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "flagSetId=a/b": "", "token=dvt_x": "dvt_x", "flagSetId=a/b, token = dvt_x": "dvt_x", "dvt_x": "", "mytoken=dvt_x": "",
	} {
		if got := access.SelectorToken(s); got != want {
			t.Errorf("%q: %q", s, got)
		}
	}
}

func TestCheckFlagSet(t *testing.T) {
	for _, id := range []string{"shop/production", "a/b", "A.b_c-1/" + strings.Repeat("x", 63)} {
		if err := access.CheckFlagSet(id); err != nil {
			t.Error(id, err)
		}
	}
	for _, id := range []string{"", "/", "shop", "shop/", "/x", "a/b/c", "a b/c", "a/b\nc", "ä/b", "a/" + strings.Repeat("x", 64)} {
		if err := access.CheckFlagSet(id); davit.KindOf(err) != davit.Invalid {
			t.Error(id, err)
		}
	}
}
