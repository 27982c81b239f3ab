package snapfile

import (
	"strings"

	"smartbox"
)

// latin spells the letters of European names that have a customary spelling in a-z.
var latin = strings.NewReplacer(
	"ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "æ", "ae", "ø", "oe", "å", "aa", "œ", "oe",
	"à", "a", "á", "a", "â", "a", "ã", "a", "ą", "a", "ç", "c", "ć", "c", "č", "c", "ď", "d", "đ", "d",
	"è", "e", "é", "e", "ê", "e", "ë", "e", "ę", "e", "ě", "e", "ğ", "g", "ì", "i", "í", "i", "î", "i", "ï", "i", "ı", "i",
	"ł", "l", "ñ", "n", "ń", "n", "ň", "n", "ò", "o", "ó", "o", "ô", "o", "õ", "o", "ő", "o", "ř", "r",
	"ś", "s", "š", "s", "ş", "s", "ť", "t", "ù", "u", "ú", "u", "û", "u", "ů", "u", "ű", "u", "ý", "y", "ÿ", "y",
	"ź", "z", "ž", "z", "ż", "z",
)

// Slug is the id that is made from a name: "Anna Müller" gives "anna-mueller". It is cut to smartbox.MaxID
// characters, and empty where the name holds no letter or digit of the Latin alphabet.
func Slug(name string) string {
	s := slug(name)
	if len(s) > smartbox.MaxID {
		s = strings.TrimRight(s[:smartbox.MaxID], "-")
	}
	return s
}

// slug is Slug uncut.
func slug(name string) string {
	var b strings.Builder
	for _, r := range latin.Replace(strings.ToLower(name)) {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.TrimRight(b.String(), "-")
}
