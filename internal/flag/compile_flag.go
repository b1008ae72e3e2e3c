package flag

// flag compiles one flag.
func (c *compiler) flag(key string, t *tree, at string) *Flag {
	f := &Flag{key: key, fallback: -1}
	breaks := func(pos int, path, text, hint string) {
		c.fail(pos, path, text, hint)
		if f.broken == "" {
			f.broken = text
		}
	}
	if t.form != isObject {
		breaks(t.pos, at, "a flag is an object, not "+t.form.String(), "")
		f.enabled = true
		return f
	}
	c.names(t, at, []string{"key", "state", "variants", "defaultVariant", "targeting", "metadata", "source", "selector"})
	c.state(f, t, at)
	c.variants(f, t, at, breaks)
	c.fallback(f, t, at)
	f.own = c.metadata(t.member("metadata"), at+".metadata", false)
	if rule := t.member("targeting"); rule != nil {
		c.targeting(f, rule, at+".targeting", breaks)
	}
	return f
}

func (c *compiler) state(f *Flag, t *tree, at string) {
	state := t.member("state")
	switch {
	case state == nil:
		c.lint(t.pos, at, "the flag has no state", `write "state": "ENABLED"`)
		f.enabled = true
	case state.form == isText && state.str == "DISABLED":
	default:
		if state.form != isText || state.str != "ENABLED" {
			c.lint(state.pos, at+".state", "a state is ENABLED or DISABLED", "")
		}
		f.enabled = true
	}
}

func (c *compiler) variants(f *Flag, t *tree, at string, breaks func(pos int, path, text, hint string)) {
	variants := t.member("variants")
	if variants == nil || variants.form != isObject || len(variants.items) == 0 {
		c.lint(t.pos, at, "the flag has no variants", `write as in "variants": {"on": true, "off": false}`)
		return
	}
	c.names(variants, at+".variants", nil)
	for _, i := range variants.sorted() {
		item, name := &variants.items[i], variants.names[i].text
		path := at + ".variants." + name
		if name == "" {
			c.lint(variants.names[i].pos, path, "a variant's name is empty", "give it a name")
		}
		v := &Value{v: item.val(), json: appendTree(nil, item)}
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
			breaks(item.pos, path, "a variant is "+item.form.String()+", not a boolean, text, number or object", "")
			continue
		}
		if f.kind == None {
			f.kind = v.kind
		} else if f.kind != v.kind {
			breaks(item.pos, path, "this variant is a "+v.kind.String()+", another is a "+f.kind.String(), "all variants of a flag are of one kind")
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

func (c *compiler) fallback(f *Flag, t *tree, at string) {
	name := t.member("defaultVariant")
	switch {
	case name == nil, name.form == isNull:
		return
	case name.form != isText:
		c.refuse(name.pos, at+".defaultVariant", "defaultVariant is "+name.form.String()+", not a variant's name", "")
		return
	case name.str == "" && c.o.Lenient:
		return
	}
	if f.fallback = f.variant(name.str); f.fallback < 0 {
		c.refuse(name.pos, at+".defaultVariant", "there is no variant "+quote(name.str), c.nearest(name.str, f.variantNames()))
	}
}

func (f *Flag) variantNames() []string {
	names := make([]string, len(f.variants))
	for i := range f.variants {
		names[i] = f.variants[i].Name
	}
	return names
}

// targeting compiles a flag's rule.
func (c *compiler) targeting(f *Flag, t *tree, at string, breaks func(pos int, path, text, hint string)) {
	if t.form == isObject && len(t.items) == 0 {
		return
	}
	if t.form != isObject {
		c.lint(t.pos, at, "targeting is "+t.form.String()+", not a rule", `write as in {"if": [{"==": [{"var": "country"}, "NL"]}, "on", "off"]}`)
	}
	f.raw = appendTree(nil, t)
	c.answers = f.variants
	made := c.rule(t, at, false)
	f.rule, f.foreign = made.node, made.foreign
	if made.broken != "" && f.broken == "" {
		if made.cost > maxCost || made.height > maxHeight {
			breaks(t.pos, at, made.broken, "divide it into several flags")
		}
		f.broken = made.broken
	}
}
