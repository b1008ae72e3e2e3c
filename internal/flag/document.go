package flag

// document writes the set for flagd clients. Evaluators of flagd must not
// refer to each other, so what one of them refers to is put in its place.
func (s *Set) document(c *compiler) []byte {
	b := []byte(`{"flags":{`)
	for i, f := range s.flags {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendQuoted(b, f.key), ':')
		b = f.append(b)
	}
	b = append(b, '}')
	n := 0
	for _, name := range keysOf(c.evaluators) {
		made := c.done[reference{name, false}]
		if made == nil || made.foreign || made.broken != "" {
			continue
		}
		if n++; n == 1 {
			b = append(b, `,"$evaluators":{`...)
		} else {
			b = append(b, ',')
		}
		b = append(appendQuoted(b, name), ':')
		b = appendInlined(b, c.evaluators[name], c.evaluators)
	}
	if n > 0 {
		b = append(b, '}')
	}
	if s.metadata.Len() > 0 {
		b = append(append(b, `,"metadata":`...), s.metadata.JSON()...)
	}
	return append(b, '}')
}

// append writes the flag for flagd clients; one that they cannot evaluate as
// a disabled one.
func (f *Flag) append(b []byte) []byte {
	if f.enabled && !f.foreign {
		b = append(b, `{"state":"ENABLED","variants":{`...)
	} else {
		b = append(b, `{"state":"DISABLED","variants":{`...)
	}
	for i, v := range f.variants {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendQuoted(b, v.Name), ':')
		b = append(b, v.Value.json...)
	}
	b = append(b, '}')
	if f.fallback >= 0 {
		b = appendQuoted(append(b, `,"defaultVariant":`...), f.variants[f.fallback].Name)
	}
	if f.raw != nil && !f.foreign {
		b = append(append(b, `,"targeting":`...), f.raw...)
	}
	if f.own.Len() > 0 {
		b = append(append(b, `,"metadata":`...), f.own.JSON()...)
	}
	return append(b, '}')
}

// appendInlined is appendTree with every $ref replaced by what it refers to.
func appendInlined(b []byte, t *tree, evaluators map[string]*tree) []byte {
	switch t.form {
	case isArray:
		b = append(b, '[')
		for i := range t.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendInlined(b, &t.items[i], evaluators)
		}
		return append(b, ']')
	case isObject:
		if len(t.items) == 1 && t.names[0].text == "$ref" {
			return appendInlined(b, evaluators[t.items[0].str], evaluators)
		}
		b = append(b, '{')
		for n, i := range t.sorted() {
			if n > 0 {
				b = append(b, ',')
			}
			b = append(appendQuoted(b, t.names[i].text), ':')
			b = appendInlined(b, &t.items[i], evaluators)
		}
		return append(b, '}')
	}
	return appendTree(b, t)
}
