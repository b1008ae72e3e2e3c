package store

import "slices"

import "strings"

// conditions builds the part of a query that selects.
type conditions struct {
	terms  []string
	args   []any
	column string   // the column that must be one of several
	values []string // its values, if there are several
}

func (c *conditions) add(term string, args ...any) {
	c.terms = append(slices.Clip(c.terms), term) // parts of a query share what came before
	c.args = append(slices.Clip(c.args), args...)
}

// equal restricts a column unless the value is empty.
func (c *conditions) equal(column, value string) {
	if value != "" {
		c.add(column+" = ?", value)
	}
}

// equalSet is equal for a column whose index holds non-empty values only; the
// database uses that index only if the query says so too.
func (c *conditions) equalSet(column, value string) {
	if value != "" {
		c.add(column+" = ? AND "+column+" <> ''", value)
	}
}

// in restricts a column to a set of values, each as an expression with its
// arguments. Unlike what among restricts, it is one query.
func (c *conditions) in(column, expression string, of []string, args func(string) []any) {
	var all []any
	for _, v := range of {
		all = append(all, args(v)...)
	}
	c.add(column+" IN ("+expression+strings.Repeat(", "+expression, len(of)-1)+")", all...)
}

// among restricts a column to a set unless the set is empty. Only one column of
// a query may be restricted so.
func (c *conditions) among(column string, values []string) {
	if len(values) == 1 {
		c.equal(column, values[0])
		return
	}
	c.column, c.values = column, values
}

func (c *conditions) text() string {
	terms := c.terms
	if len(c.values) > 0 {
		terms = append(slices.Clip(terms), c.column+" IN (?"+strings.Repeat(", ?", len(c.values)-1)+")")
	}
	if len(terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(terms, " AND ")
}

func (c *conditions) all() []any {
	args := slices.Clip(c.args)
	for _, v := range c.values {
		args = append(args, v)
	}
	return args
}

// mostParts bounds how many queries page puts together.
const mostParts = 40

// page returns the query for the first rows in an order. Where a column may
// have several values, it asks for the first rows of each value and merges
// them: each part then reads an index in order and stops at the limit, where a
// database asked for all values at once would read and sort every match.
func (c *conditions) page(columns, table, order string, limit int) (string, []any) {
	if len(c.values) < 2 || len(c.values) > mostParts {
		return "SELECT " + columns + " FROM " + table + c.text() + " ORDER BY " + order + " LIMIT ?", append(c.all(), limit)
	}
	var parts []string
	var args []any
	seen := map[string]bool{}
	for _, v := range c.values {
		if seen[v] {
			continue
		}
		seen[v] = true
		one := conditions{terms: c.terms, args: c.args}
		one.add(c.column+" = ?", v)
		text, some := one.page(columns, table, order, limit)
		parts = append(parts, "SELECT * FROM ("+text+") AS part")
		args = append(args, some...)
	}
	return "SELECT " + columns + " FROM (" + strings.Join(parts, " UNION ALL ") + ") AS parts ORDER BY " + order + " LIMIT ?", append(args, limit)
}
