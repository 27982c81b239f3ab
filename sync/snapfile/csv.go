package snapfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// columns are the headings of a members file and what becomes of each. nil ones are of use to the cloud only: a box knows no
// email address.
var columns = map[string]func(u *User, t Text){
	"first name":  func(u *User, t Text) { u.Name = join(u.Name, t, false) },
	"last name":   func(u *User, t Text) { u.Name = join(u.Name, t, true) },
	"badge code":  func(u *User, t Text) { u.Badge = appendGiven(u.Badge, t) },
	"access code": func(u *User, t Text) { u.Code = t },
	"role":        func(u *User, t Text) { u.Role = lower(t) },
	"status":      func(u *User, t Text) { u.Status = lower(t) },
	"id":          func(u *User, t Text) { u.ID = t },
	"permissions": func(u *User, t Text) {
		for part := range strings.SplitSeq(t.Value, ";") {
			if part = strings.TrimSpace(part); part != "" {
				u.Grants = append(u.Grants, Text{Value: part, Line: t.Line, Column: t.Column})
			}
		}
	},
	"email address": nil, "phone": nil, "send invitation": nil, "send welcome email": nil, "smartbox user": nil,
	"generate access code": nil,
}

const columnNames = "First Name, Last Name, Email Address, Send Invitation, Send Welcome Email, SmartBox User, Badge Code, " +
	"Generate Access Code, Access Code, Phone, Role, Permissions, Status and ID"

func join(name, part Text, behind bool) Text {
	switch {
	case !part.Given():
		return name
	case !name.Given():
		return part
	case behind:
		name.Value += " " + part.Value
	default:
		name.Value = part.Value + " " + name.Value
	}
	return name
}

func appendGiven(ts Texts, t Text) Texts {
	if t.Given() {
		ts = append(ts, t)
	}
	return ts
}

func lower(t Text) Text {
	t.Value = strings.ToLower(t.Value)
	return t
}

// ParseCSV reads the rows of members of a spreadsheet: with the headings of the cloud's import, in any order, delimited by
// commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252. What a box has no use for is passed over. name is for errors; the error is
// an Errors, in which a column counts fields.
func ParseCSV(name string, b []byte) (*File, error) {
	if len(b) > MaxSize {
		return nil, Errors{{File: name, Text: "the file is larger than 2 MB; split it"}}
	}
	text := toUTF8(b)
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma = delimiter(text)
	r.FieldsPerRecord = -1
	heads, err := r.Read()
	if err != nil {
		return nil, Errors{csvError(name, err)}
	}
	p := &csvParser{name: name, file: &File{Name: name}}
	p.headings(heads)
	for len(p.errs) < 50 {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			p.errs = append(p.errs, csvError(name, err))
			break
		}
		line, _ := r.FieldPos(0)
		p.row(row, line)
	}
	if len(p.errs) > 0 {
		return nil, p.errs
	}
	return p.file, nil
}

// delimiter is the one that the headings hold most of.
func delimiter(text []byte) rune {
	head, _, _ := bytes.Cut(text, []byte("\n"))
	best, most := ',', 0
	for _, d := range []rune{',', ';', '\t'} {
		if n := bytes.Count(head, []byte(string(d))); n > most {
			best, most = d, n
		}
	}
	return best
}

// csvError says where the form of the file is broken, without quoting it.
func csvError(name string, err error) *Error {
	var pe *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return &Error{File: name, Text: "the file is empty; begin with a line of headings: " + columnNames}
	case errors.As(err, &pe):
		return &Error{File: name, Line: pe.Line, Text: "a quote is out of place; write quotes round the whole field, and double those within"}
	default:
		return &Error{File: name, Text: "cannot be read as CSV"}
	}
}

type csvParser struct {
	name  string
	file  *File
	heads []string
	errs  Errors
}

func (p *csvParser) headings(heads []string) {
	seen := map[string]bool{}
	for i, h := range heads {
		h = strings.ToLower(strings.TrimSpace(h))
		p.heads = append(p.heads, h)
		if h == "" {
			continue
		}
		if _, known := columns[h]; !known {
			p.errs = append(p.errs, &Error{p.name, 1, i + 1, fmt.Sprintf("there is no column %q; there are %s", heads[i], columnNames)})
		}
		if seen[h] {
			p.errs = append(p.errs, &Error{p.name, 1, i + 1, fmt.Sprintf("a second column %q; keep one", heads[i])})
		}
		seen[h] = true
	}
	if !seen["first name"] && !seen["last name"] && len(p.errs) == 0 {
		p.errs = append(p.errs, &Error{p.name, 1, 0, `no column "First Name" or "Last Name"; the first line must hold the headings`})
	}
}

func (p *csvParser) row(fields []string, line int) {
	u := User{file: p.name}
	empty, generate := true, Text{}
	for i, f := range fields {
		t := Text{Value: strings.TrimSpace(f), Line: line, Column: i + 1}
		empty = empty && !t.Given()
		switch {
		case i >= len(p.heads) || p.heads[i] == "":
			if t.Given() {
				p.errs = append(p.errs, &Error{p.name, line, i + 1, "a field without a heading; is a delimiter too many in this row?"})
			}
		case p.heads[i] == "generate access code":
			generate = t
		case columns[p.heads[i]] != nil:
			columns[p.heads[i]](&u, t)
		}
	}
	if empty {
		return
	}
	if !u.Name.Given() {
		p.errs = append(p.errs, &Error{p.name, line, 0, "a row without a name; fill in First Name and Last Name"})
	}
	if strings.EqualFold(generate.Value, "true") && !u.Code.Given() {
		p.errs = append(p.errs, &Error{
			p.name, line, generate.Column,
			"an access code is to be generated, which only the cloud does; write one into the column Access Code",
		})
	}
	p.file.Users = append(p.file.Users, u)
}
