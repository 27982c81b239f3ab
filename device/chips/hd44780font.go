package chips

// romA00 is the letter that ROM A00 shows for a code (data sheet, table 4); '▒' where there is none
// that a text would hold.
func romA00(c byte) rune {
	switch c {
	case 0x5C:
		return '¥'
	case 0x7E:
		return '→'
	case 0x7F:
		return '←'
	case 0xA5:
		return '·'
	case 0xDF:
		return '°'
	case 0xE1:
		return 'ä'
	case 0xE2:
		return 'ß'
	case 0xE4:
		return 'µ'
	case 0xEE:
		return 'ñ'
	case 0xEF:
		return 'ö'
	case 0xF5:
		return 'ü'
	case 0xFF:
		return '█'
	}
	if c >= 0x20 && c < 0x7E {
		return rune(c)
	}
	return '▒'
}

// patternName is the letter that an eye would read in a 5x8 pattern: the base letter below, a mark above
// it. It knows marks and letters by their dots alone and shares no table with any driver.
func patternName(p [8]byte) rune {
	mark, ok := lcdMarks()[[2]byte{p[0], p[1]}]
	if p == [8]byte{0x00, 0x00, 0x0E, 0x10, 0x10, 0x11, 0x0E, 0x04} {
		return 'ç'
	}
	if p == [8]byte{0x0E, 0x11, 0x10, 0x10, 0x11, 0x0E, 0x04, 0x00} {
		return 'Ç'
	}
	if p == [8]byte{0x04, 0x00, 0x04, 0x08, 0x10, 0x11, 0x0E, 0x00} {
		return '¿'
	}
	if p == [8]byte{0x04, 0x00, 0x04, 0x04, 0x04, 0x04, 0x04, 0x00} {
		return '¡'
	}
	if !ok {
		return '▒'
	}
	var body [6]byte
	copy(body[:], p[2:])
	base, ok := lcdBodies()[body]
	if !ok {
		return '▒'
	}
	if r, known := lcdAccents()[string([]rune{base, mark})]; known {
		return r
	}
	return '▒'
}

func lcdMarks() map[[2]byte]rune {
	return map[[2]byte]rune{
		{0x02, 0x04}: '´', {0x08, 0x04}: '`', {0x04, 0x0A}: '^', {0x0A, 0x00}: '"', {0x0D, 0x12}: '~',
	}
}

func lcdBodies() map[[6]byte]rune {
	return map[[6]byte]rune{
		{0x0E, 0x01, 0x0F, 0x11, 0x0F, 0x00}: 'a', {0x0E, 0x11, 0x1F, 0x10, 0x0E, 0x00}: 'e',
		{0x00, 0x0C, 0x04, 0x04, 0x0E, 0x00}: 'i', {0x00, 0x0E, 0x11, 0x11, 0x0E, 0x00}: 'o',
		{0x00, 0x11, 0x11, 0x13, 0x0D, 0x00}: 'u', {0x0E, 0x11, 0x1F, 0x11, 0x11, 0x00}: 'A',
		{0x1F, 0x10, 0x1E, 0x10, 0x1F, 0x00}: 'E', {0x0E, 0x11, 0x11, 0x11, 0x0E, 0x00}: 'O',
		{0x11, 0x11, 0x11, 0x11, 0x0E, 0x00}: 'U', {0x11, 0x19, 0x15, 0x13, 0x11, 0x00}: 'N',
		{0x0E, 0x04, 0x04, 0x04, 0x0E, 0x00}: 'I',
	}
}

func lcdAccents() map[string]rune {
	return map[string]rune{
		"a´": 'á', "a`": 'à', "a^": 'â', "e´": 'é', "e`": 'è', "e^": 'ê', `e"`: 'ë', "i´": 'í', "i^": 'î', `i"`: 'ï',
		"o´": 'ó', "o^": 'ô', "u´": 'ú', "u`": 'ù', "u^": 'û', `A"`: 'Ä', `O"`: 'Ö', `U"`: 'Ü', "N~": 'Ñ', "E´": 'É',
		"A´": 'Á', "I´": 'Í', "O´": 'Ó', "U´": 'Ú', "A`": 'À', "E`": 'È', "E^": 'Ê',
	}
}
