package main

// Line is one position of a cart.
type Line struct {
	Name  string
	Cents int
	Count int
}

// Total adds up a cart, in cents.
func Total(lines []Line) int {
	sum := 0
	for _, l := range lines {
		sum += l.Cents * l.Count
	}
	return sum
}
