package snapfile_test

import (
	"encoding/binary"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"smartbox/sync/snapfile"
)

// TestCSV reads the same people in every form that spreadsheet programs write.
func TestCSV(t *testing.T) {
	const commas = "First Name,Last Name,Email Address,Send Invitation,Badge Code,Access Code,Role,Permissions\n" +
		"Änne,\"van\nDyk\",a@example.org,false,uid:01020304,0471,Manager,key:Van 3; group:Fleet\n" +
		",,,,,,,\n" +
		"Bo,,,,,,,\n"
	utf16le := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(commas)) {
		utf16le = binary.LittleEndian.AppendUint16(utf16le, u)
	}
	utf16be := []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(commas)) {
		utf16be = binary.BigEndian.AppendUint16(utf16be, u)
	}
	replace := func(from byte, to string) []byte {
		var out []byte
		for _, c := range []byte(commas) {
			if c == from {
				out = append(out, to...)
			} else {
				out = append(out, c)
			}
		}
		return out
	}
	semicolons := []byte("First Name;Last Name;Email Address;Send Invitation;Badge Code;Access Code;Role;Permissions\n" +
		"Änne;\"van\nDyk\";a@example.org;false;uid:01020304;0471;Manager;\"key:Van 3; group:Fleet\"\nBo;;;;;;;\n")
	for name, b := range map[string][]byte{
		"UTF-8":                []byte(commas),
		"byte order mark":      append([]byte("\xEF\xBB\xBF"), commas...),
		"UTF-16 LE":            utf16le,
		"UTF-16 BE":            utf16be,
		"Windows-1252":         append([]byte("First Name,Last Name,Email Address,Send Invitation,Badge Code,Access Code,Role,Permissions\n\xc4"), commas[len("First Name,Last Name,Email Address,Send Invitation,Badge Code,Access Code,Role,Permissions\nÄ"):]...),
		"CRLF":                 replace('\n', "\r\n"),
		"tabs":                 replace(',', "\t"),
		"semicolons":           semicolons,
		"headings in capitals": append([]byte("FIRST NAME,LAST NAME,EMAIL ADDRESS,SEND INVITATION,BADGE CODE,ACCESS CODE,ROLE,PERMISSIONS\n"), commas[91:]...),
	} {
		t.Run(name, func(t *testing.T) {
			f, err := snapfile.ParseCSV("staff.csv", b)
			if err != nil {
				t.Fatal(err)
			}
			type person struct {
				Name, Code, Role string
				Badges, Grants   []string
			}
			var got []person
			for _, u := range f.Users {
				p := person{Name: u.Name.Value, Code: u.Code.Value, Role: u.Role.Value}
				for _, x := range u.Badge {
					p.Badges = append(p.Badges, x.Value)
				}
				for _, x := range u.Grants {
					p.Grants = append(p.Grants, x.Value)
				}
				got = append(got, p)
			}
			if diff := cmp.Diff([]person{
				{"Änne van\nDyk", "0471", "manager", []string{"uid:01020304"}, []string{"key:Van 3", "group:Fleet"}},
				{Name: "Bo"},
			}, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
