package api

import (
	"context"
	"net/http"

	"smartbox"
	"smartbox/cloud/directory"
)

// NewMember is what it takes to add a member.
type NewMember struct {
	Kind directory.MemberKind `json:"kind" required:"false" doc:"full if it is not there."`
	MemberFields
	AccessCode   string      `json:"access_code,omitempty" pattern:"^(random|[0-9]{4,8})$" patternDescription:"random, or 4 to 8 digits" doc:"No code if it is not there."`
	Badges       []string    `json:"badges,omitempty" nullable:"false" maxItems:"10" doc:"Technology and number of each." example:"[\"uid:04A224B2C35D80\"]"`
	BadgesActive bool        `json:"badges_active,omitempty" doc:"The badges need no activation."`
	Grants       []GrantTerm `json:"grants,omitempty" nullable:"false" maxItems:"100"`
}

// GrantTerm is a grant to whom it goes without saying.
type GrantTerm struct {
	Target   string                  `json:"target" pattern:"^(all|(key|group|location):[a-z0-9][a-z0-9-]{0,11})$" example:"key:van-3" doc:"key:…, group:…, location:… or all."`
	Role     smartbox.PermissionRole `json:"role"`
	Schedule smartbox.ScheduleID     `json:"schedule,omitempty"`
	From     Time                    `json:"from,omitempty"`
	Until    Time                    `json:"until,omitempty"`
}

type newMemberIn struct {
	Body struct {
		Member NewMember `json:"member"`
	}
}

// MemberCreated is a new member, with what is shown once.
type MemberCreated struct {
	Member     Member `json:"member"`
	AccessCode string `json:"access_code,omitempty" doc:"A random code that was made. It is shown here and never again."`
}

type newMemberOut struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     MemberCreated
}

func (s *server) createMember() {
	handle(s, route{
		method: http.MethodPost, path: "/v1/members", id: "create-member", summary: "Add a member", tag: "Members", scope: MembersWrite,
		status: http.StatusCreated,
		text:   "With code, badges and grants, all or nothing. Also at `/members`. A smartbox member starts validated, a full one invited.",
	}, func(ctx context.Context, a directory.Actor, in *newMemberIn) (*newMemberOut, error) {
		m, err := in.Body.Member.directory()
		if err != nil {
			return nil, within("member.", err)
		}
		made, shown, err := s.dir.CreateMember(ctx, a, m)
		if err != nil {
			return nil, within("member.", err)
		}
		if !m.Code.Random { // she knows what she chose
			shown.Code = ""
		}
		return &newMemberOut{
			ETag: etag(made.Version), Location: "/v1/members/" + made.ID.String(),
			Body: MemberCreated{Member: memberView(&made), AccessCode: string(shown.Code)},
		}, nil
	})
}

// within puts the fields of a problem below another.
func within(prefix string, err error) error {
	p, ok := problemOf(err)
	if !ok {
		return err
	}
	for i := range p.Errors {
		p.Errors[i].Field = prefix + p.Errors[i].Field
	}
	return p
}

func (n *NewMember) directory() (m directory.NewMember, err error) {
	m.Kind = n.Kind
	if err := n.apply(&m.Member); err != nil {
		return m, err
	}
	if m.Code, err = wish(n.AccessCode); err != nil {
		return m, err
	}
	for _, text := range n.Badges {
		b, err := badge("badges", text)
		if err != nil {
			return m, err
		}
		m.Badges = append(m.Badges, b)
	}
	for _, t := range n.Grants {
		target, err := parseTarget(t.Target)
		if err != nil {
			return m, err
		}
		m.Grants = append(m.Grants, directory.Grant{
			Target: target, Role: t.Role, Schedule: t.Schedule, From: smartbox.Stamp(t.From), Until: smartbox.Stamp(t.Until),
		})
	}
	m.BadgesActive = n.BadgesActive
	return m, nil
}

// wish reads what code is wanted: "", "random" or digits.
func wish(text string) (directory.CodeWish, error) {
	if text == "" || text == "random" {
		return directory.CodeWish{Random: text != ""}, nil
	}
	code, err := smartbox.ParseCode(text)
	if err != nil {
		return directory.CodeWish{}, invalid("access_code", "is no access code", "use 4 to 8 digits, or random")
	}
	return directory.CodeWish{Custom: code}, nil
}

func badge(field, text string) (smartbox.Badge, error) {
	b, err := smartbox.ParseBadge(text)
	if err != nil {
		return "", invalid(field, "is no badge", `write the technology and the number, such as "uid:04A224B2C35D80" or "w26:8-12345"`)
	}
	return b, nil
}
