package flag

// flag compiles one flag.
func (c *compiler) flag(key string, t *tree) *Flag {
	f := &Flag{key: key, fallback: -1}
	breaks := func(pos int32, text, hint string) {
		c.fail(pos, text, hint)
		if f.broken == "" {
			f.broken = text
		}
	}
	if t.form != isObject {
		breaks(t.pos, "a flag is an object, not "+t.form.String(), "")
		f.enabled = true
		return f
	}
	c.names(t, []string{"key", "state", "variants", "defaultVariant", "targeting", "metadata", "source", "selector"})
	c.state(f, t)
	c.variants(f, t, breaks)
	c.fallback(f, t)
	f.own = c.metadata(t.member("metadata"), false)
	if rule := t.member("targeting"); rule != nil {
		c.enter("targeting")
		c.targeting(f, rule, breaks)
		c.leave()
	}
	return f
}

func (c *compiler) state(f *Flag, t *tree) {
	c.enter("state")
	defer c.leave()
	state := t.member("state")
	switch {
	case state == nil:
		c.lint(t.pos, "the flag has no state", `write "state": "ENABLED"`)
		f.enabled = true
	case state.form == isText && state.str == "DISABLED":
	default:
		if state.form != isText || state.str != "ENABLED" {
			c.lint(state.pos, "a state is ENABLED or DISABLED", "")
		}
		f.enabled = true
	}
}

func (c *compiler) variants(f *Flag, t *tree, breaks func(pos int32, text, hint string)) {
	variants := t.member("variants")
	if variants == nil || variants.form != isObject || len(variants.items) == 0 {
		c.lint(t.pos, "the flag has no variants", `write as in "variants": {"on": true, "off": false}`)
		return
	}
	c.enter("variants")
	defer c.leave()
	c.names(variants, nil)
	var room [manyVariants]int
	for _, i := range variants.sorted(room[:0]) {
		item, name := &variants.items[i], variants.items[i].key
		if name == "" {
			c.lint(item.keyPos, "a variant's name is empty", "give it a name")
		}
		v := &Value{v: item.val(), json: c.written(item)}
		switch item.form {
		case isBool:
			v.kind = Bool
		case isText:
			v.kind = String
		case isNumber:
			v.kind = Number
		case isObject:
			v.kind = Object
		default:
			breaks(item.pos, "variant "+quote(name)+" is "+item.form.String()+", not a boolean, text, number or object", "")
			continue
		}
		if f.kind == None {
			f.kind = v.kind
		} else if f.kind != v.kind {
			c.lint(item.pos, "variant "+quote(name)+" is a "+v.kind.String()+", another is a "+f.kind.String(), "all variants of a flag are of one kind")
		}
		f.variants = append(f.variants, Variant{Name: name, Value: v})
	}
	if len(f.variants) > manyVariants {
		f.byName = make(map[string]int32, len(f.variants))
		for i := range f.variants {
			f.byName[f.variants[i].Name] = int32(i)
		}
	}
}

func (c *compiler) fallback(f *Flag, t *tree) {
	c.enter("defaultVariant")
	defer c.leave()
	name := t.member("defaultVariant")
	switch {
	case name == nil, name.form == isNull:
		return
	case name.form != isText:
		c.refuse(name.pos, "defaultVariant is "+name.form.String()+", not a variant's name", "")
		return
	case name.str == "" && c.o.Lenient:
		return
	}
	if f.fallback = f.variant(name.str); f.fallback < 0 {
		c.refuse(name.pos, "there is no variant "+quote(name.str), c.nearest(name.str, f.variantNames()))
	}
}

func (f *Flag) variantNames() []string {
	names := make([]string, len(f.variants))
	for i := range f.variants {
		names[i] = f.variants[i].Name
	}
	return names
}

// written is t as compact JSON, in memory that all of a set share.
func (c *compiler) written(t *tree) []byte {
	from := len(c.text)
	if cap(c.text)-from < int(t.end-t.pos) {
		c.text, from = make([]byte, 0, max(len(c.src)/4, 512, int(t.end-t.pos))), 0
	}
	c.text = t.written(c.text, c.src)
	return c.text[from:len(c.text):len(c.text)]
}

// targeting compiles a flag's rule.
func (c *compiler) targeting(f *Flag, t *tree, breaks func(pos int32, text, hint string)) {
	if t.form == isObject && len(t.items) == 0 {
		return
	}
	if t.form != isObject {
		c.lint(t.pos, "targeting is "+t.form.String()+", not a rule", `write as in {"if": [{"==": [{"var": "country"}, "NL"]}, "on", "off"]}`)
	}
	f.raw = c.written(t)
	c.answers = f.variants
	made := c.rule(t, false)
	f.rule, f.foreign = made.node, made.foreign
	if made.broken != "" && f.broken == "" {
		if made.cost > maxCost || made.height > maxHeight {
			breaks(t.pos, made.broken, "divide it into several flags")
		}
		f.broken = made.broken
	}
}
