package oled

// The cell of a letter, in dots.
const (
	cellWidth  = 6
	cellHeight = 8
)

// ascii is the letters from ' ' to '~', five columns each, the lowest bit on top; the sixth column is empty.
const ascii = "" +
	"\x00\x00\x00\x00\x00" + "\x00\x00\x5F\x00\x00" + "\x00\x07\x00\x07\x00" + "\x14\x7F\x14\x7F\x14" + //  !"#
	"\x24\x2A\x7F\x2A\x12" + "\x23\x13\x08\x64\x62" + "\x36\x49\x55\x22\x50" + "\x00\x05\x03\x00\x00" + // $%&'
	"\x00\x1C\x22\x41\x00" + "\x00\x41\x22\x1C\x00" + "\x14\x08\x3E\x08\x14" + "\x08\x08\x3E\x08\x08" + // ()*+
	"\x00\x50\x30\x00\x00" + "\x08\x08\x08\x08\x08" + "\x00\x60\x60\x00\x00" + "\x20\x10\x08\x04\x02" + // ,-./
	"\x3E\x51\x49\x45\x3E" + "\x00\x42\x7F\x40\x00" + "\x42\x61\x51\x49\x46" + "\x21\x41\x45\x4B\x31" + // 0123
	"\x18\x14\x12\x7F\x10" + "\x27\x45\x45\x45\x39" + "\x3C\x4A\x49\x49\x30" + "\x01\x71\x09\x05\x03" + // 4567
	"\x36\x49\x49\x49\x36" + "\x06\x49\x49\x29\x1E" + "\x00\x36\x36\x00\x00" + "\x00\x56\x36\x00\x00" + // 89:;
	"\x08\x14\x22\x41\x00" + "\x14\x14\x14\x14\x14" + "\x00\x41\x22\x14\x08" + "\x02\x01\x51\x09\x06" + // <=>?
	"\x32\x49\x79\x41\x3E" + "\x7E\x11\x11\x11\x7E" + "\x7F\x49\x49\x49\x36" + "\x3E\x41\x41\x41\x22" + // @ABC
	"\x7F\x41\x41\x22\x1C" + "\x7F\x49\x49\x49\x41" + "\x7F\x09\x09\x09\x01" + "\x3E\x41\x49\x49\x7A" + // DEFG
	"\x7F\x08\x08\x08\x7F" + "\x00\x41\x7F\x41\x00" + "\x20\x40\x41\x3F\x01" + "\x7F\x08\x14\x22\x41" + // HIJK
	"\x7F\x40\x40\x40\x40" + "\x7F\x02\x0C\x02\x7F" + "\x7F\x04\x08\x10\x7F" + "\x3E\x41\x41\x41\x3E" + // LMNO
	"\x7F\x09\x09\x09\x06" + "\x3E\x41\x51\x21\x5E" + "\x7F\x09\x19\x29\x46" + "\x46\x49\x49\x49\x31" + // PQRS
	"\x01\x01\x7F\x01\x01" + "\x3F\x40\x40\x40\x3F" + "\x1F\x20\x40\x20\x1F" + "\x3F\x40\x38\x40\x3F" + // TUVW
	"\x63\x14\x08\x14\x63" + "\x07\x08\x70\x08\x07" + "\x61\x51\x49\x45\x43" + "\x00\x7F\x41\x41\x00" + // XYZ[
	"\x02\x04\x08\x10\x20" + "\x00\x41\x41\x7F\x00" + "\x04\x02\x01\x02\x04" + "\x40\x40\x40\x40\x40" + // \]^_
	"\x00\x01\x02\x04\x00" + "\x20\x54\x54\x54\x78" + "\x7F\x48\x44\x44\x38" + "\x38\x44\x44\x44\x20" + // `abc
	"\x38\x44\x44\x48\x7F" + "\x38\x54\x54\x54\x18" + "\x08\x7E\x09\x01\x02" + "\x0C\x52\x52\x52\x3E" + // defg
	"\x7F\x08\x04\x04\x78" + "\x00\x44\x7D\x40\x00" + "\x20\x40\x44\x3D\x00" + "\x7F\x10\x28\x44\x00" + // hijk
	"\x00\x41\x7F\x40\x00" + "\x7C\x04\x18\x04\x78" + "\x7C\x08\x04\x04\x78" + "\x38\x44\x44\x44\x38" + // lmno
	"\x7C\x14\x14\x14\x08" + "\x08\x14\x14\x18\x7C" + "\x7C\x08\x04\x04\x08" + "\x48\x54\x54\x54\x20" + // pqrs
	"\x04\x3F\x44\x40\x20" + "\x3C\x40\x40\x20\x7C" + "\x1C\x20\x40\x20\x1C" + "\x3C\x40\x30\x40\x3C" + // tuvw
	"\x44\x28\x10\x28\x44" + "\x0C\x50\x50\x50\x3C" + "\x44\x64\x54\x4C\x44" + "\x00\x08\x36\x41\x00" + // xyz{
	"\x00\x00\x7F\x00\x00" + "\x00\x41\x36\x08\x00" + "\x08\x04\x08\x10\x08" // |}~

// A mark above a letter, five columns of the two topmost dots.
const (
	acute      = "\x00\x00\x02\x01\x00"
	grave      = "\x00\x01\x02\x00\x00"
	circumflex = "\x00\x02\x01\x02\x00"
	diaeresis  = "\x00\x01\x00\x01\x00"
	tilde      = "\x00\x02\x01\x02\x01"
)

// accents is the accented letters of German, Spanish and French: letter, base, mark.
func accents(r rune) (base rune, mark string) {
	for _, a := range []struct {
		letters, bases, mark string
	}{
		{"áéíóúÁÉÍÓÚ", "aeıouAEIOU", acute},
		{"àèùÀÈÙ", "aeuAEU", grave},
		{"âêîôûÂÊÎÔÛ", "aeıouAEIOU", circumflex},
		{"äëïöüÿÄËÏÖÜ", "aeıouyAEIOU", diaeresis},
		{"ñãõÑ", "naoN", tilde},
	} {
		bases := []rune(a.bases)
		for i, l := range []rune(a.letters) {
			if l == r {
				return bases[i], a.mark
			}
		}
	}
	return 0, ""
}

// glyph is the five columns of a letter; an empty box where the font lacks it.
func glyph(r rune) [5]byte {
	if r >= ' ' && r <= '~' {
		return [5]byte([]byte(ascii[(r-' ')*5:][:5]))
	}
	if base, mark := accents(r); mark != "" {
		g := glyph(base)
		for i := range g {
			if base < 'a' {
				g[i] = squeeze(g[i])
			}
			g[i] |= mark[i]
		}
		return g
	}
	switch r {
	case 'ı':
		return [5]byte{0x00, 0x44, 0x7C, 0x40, 0x00}
	case 'ß':
		return [5]byte{0x7E, 0x01, 0x49, 0x49, 0x36}
	case 'ç':
		return [5]byte{0x38, 0x44, 0xC4, 0x44, 0x20}
	case 'Ç':
		return [5]byte{0x3E, 0x41, 0xC1, 0x41, 0x22}
	case '¿':
		return [5]byte{0x30, 0x48, 0x45, 0x40, 0x20}
	case '¡':
		return [5]byte{0x00, 0x00, 0x7D, 0x00, 0x00}
	case '°':
		return [5]byte{0x06, 0x09, 0x09, 0x06, 0x00}
	case '€':
		return [5]byte{0x14, 0x3E, 0x55, 0x41, 0x22}
	case '…':
		return [5]byte{0x40, 0x00, 0x40, 0x00, 0x40}
	case '→':
		return [5]byte{0x08, 0x08, 0x2A, 0x1C, 0x08}
	case '←':
		return [5]byte{0x08, 0x1C, 0x2A, 0x08, 0x08}
	case '•', '·':
		return [5]byte{0x00, 0x18, 0x18, 0x00, 0x00}
	case '–', '—':
		return glyph('-')
	case '’', '‘':
		return glyph('\'')
	case '“', '”', '„', '«', '»':
		return glyph('"')
	case '\u00A0':
		return glyph(' ')
	}
	return [5]byte{0x7F, 0x41, 0x41, 0x41, 0x7F}
}

// squeeze makes room for a mark above a capital: the third of its seven rows goes, the others move one down, and the
// row below the mark stays free.
func squeeze(column byte) byte {
	upper, lower := column&0x03, column&0x78
	return upper<<2 | lower<<1
}
