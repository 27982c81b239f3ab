package hd44780

import "slices"

// glyphs is what stands in the custom characters.
type glyphs [slots]rune

// load is one custom character to be drawn.
type load struct {
	slot int
	rows [8]byte
}

// encode gives each letter its code and says what has to be drawn first. A letter that is drawn already keeps its
// place; letters that find no place lose their accent.
func (g glyphs) encode(text []rune) (codes []byte, after glyphs, loads []load) {
	after = g
	var used [slots]bool
	for _, r := range text {
		if i := slices.Index(g[:], r); i >= 0 && r != 0 {
			used[i] = true
		}
	}
	codes = make([]byte, len(text))
	for n, r := range text {
		if c, ok := rom(r); ok {
			codes[n] = c
			continue
		}
		i := slices.Index(after[:], r)
		if i < 0 || r == 0 {
			rows, ok := drawn(r)
			i = slices.Index(used[:], false)
			if !ok || i < 0 {
				codes[n] = plain(r)
				continue
			}
			after[i], used[i] = r, true
			loads = append(loads, load{i, rows})
		}
		codes[n] = byte(i)
	}
	return codes, after, loads
}
