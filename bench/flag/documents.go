package main

import (
	"fmt"
	"strings"
)

// threeFlags are the flags that evaluators are measured with.
const threeFlags = `{"flags":{
	"simple":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"on"},
	"rule3":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":{"if":[{"and":[
		{"ends_with":[{"var":"email"},"@example.com"]},{"in":[{"var":"country"},["NL","BE","DE"]]},{">=":[{"var":"age"},18]}]},"on","off"]}},
	"split":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":{"fractional":[["on",25],["off",75]]}}}}`

// asker is the user they are evaluated for.
func asker() map[string]any {
	return map[string]any{"targetingKey": "user-123456", "email": "jon@example.com", "country": "NL", "age": 42.0, "plan": "pro", "beta": true}
}

// manyFlags is a document of n flags, each with a rule of three conditions and
// a split behind it.
func manyFlags(n int) string {
	var b strings.Builder
	b.WriteString(`{"flags":{`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"flag-%d":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":{"if":[{"and":[{"ends_with":[{"var":"email"},"@example.com"]},{"in":[{"var":"country"},["FR","BE","DE"]]},{">=":[{"var":"age"},%d]}]},"on",{"fractional":[["on",%d],["off",75]]}]}}`, i, i%80, i%25)
	}
	b.WriteString(`}}`)
	return b.String()
}
