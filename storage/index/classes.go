package index

// People are many and alike: what many rows share stands once, as a class, and the row holds the class's number.
type (
	userTuple       [userClassColumns]uint64
	credentialTuple [credentialClassColumns]uint64
	grantTuple      [grantClassColumns]uint64
)

// classes numbers distinct tuples in the order of their coming.
type classes[T comparable] struct {
	number map[T]uint32
	list   []T
	rows   []uint32 // the class of each row
}

func newClasses[T comparable](rows int) *classes[T] {
	return &classes[T]{number: make(map[T]uint32), rows: make([]uint32, 0, rows)}
}

// add appends a row.
func (c *classes[T]) add(t T) {
	n, ok := c.number[t]
	if !ok {
		n = uint32(len(c.list)) //nolint:gosec // fewer than maxRows
		c.number[t] = n
		c.list = append(c.list, t)
	}
	c.rows = append(c.rows, n)
}

// row is the class of a row; 0 for the row that ends a table.
func (c *classes[T]) row(i int) uint64 {
	if i >= len(c.rows) {
		return 0
	}
	return uint64(c.rows[i])
}

func packClasses[T comparable](c *classes[T], columns int, fields func(*T) []uint64) []byte {
	cols := make([]func(int) uint64, columns)
	for i := range cols {
		cols[i] = func(row int) uint64 { return fields(&c.list[row])[i] }
	}
	return pack(len(c.list), cols...)
}
