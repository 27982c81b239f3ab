package api

import (
	"context"
	"fmt"
	"net/http"

	"smartbox"
	"smartbox/cloud/directory"
)

// Credential is a code, badge or fob, without what it reads.
type Credential struct {
	ID         directory.CredentialID `json:"id"`
	Kind       string                 `json:"kind" enum:"code,backup,badge,fob"`
	Number     uint32                 `json:"number" doc:"Names it in events."`
	Member     smartbox.UserID        `json:"member,omitempty"`
	Key        smartbox.KeyID         `json:"key,omitempty"`
	Technology string                 `json:"technology,omitempty" doc:"Of a badge or fob." example:"uid"`
	Digits     uint8                  `json:"digits,omitempty" doc:"How many a code has."`
	Active     bool                   `json:"active" doc:"A badge that was activated."`
	Until      Time                   `json:"until,omitempty" doc:"Not valid from here on."`
	Head
}

func credentialView(c *directory.Credential) Credential {
	return Credential{
		ID: c.ID, Kind: c.Kind.String(), Number: c.Number, Member: c.Member, Key: c.Key, Technology: c.Tech, Digits: c.Length,
		Active: c.Active, Until: Time(c.Until), Head: headOf(c.Meta),
	}
}

type credentialOut struct {
	Body Credential
}

type credentialList struct {
	ThingPath
	PageQuery
}

// CodeIn is what code is wanted.
type CodeIn struct {
	AccessCode string `json:"access_code" pattern:"^(random|[0-9]{4,8})$" patternDescription:"random, or 4 to 8 digits" doc:"random, or the digits."`
}

// CodeMade is what is shown once.
type CodeMade struct {
	AccessCode string `json:"access_code,omitempty" doc:"The random code that was made. It is shown here and never again."`
}

type codeIn struct {
	ThingPath
	Body CodeIn
}

type backupIn struct {
	ThingPath
	Body struct {
		Count int `json:"count" minimum:"1" maximum:"50" doc:"How many."`
	}
}

type backupOut struct {
	Body struct {
		Codes []string `json:"codes" nullable:"false" doc:"Each opens once. They are shown here and never again."`
	}
}

func (s *server) credentials() {
	handle(s, route{
		method: http.MethodGet, path: "/v1/members/{id}/credentials", id: "list-credentials", tag: "Credentials", scope: MembersRead,
		summary: "List a member's code and badges", text: "What they are, not what they read: nothing shows that again.",
	}, func(ctx context.Context, a directory.Actor, in *credentialList) (*pageOut[Credential], error) {
		id, err := s.member(ctx, a, in.ID)
		if err != nil {
			return nil, err
		}
		l := in.base()
		l.Where = append(l.Where, directory.Eq(directory.FieldMember, id))
		p, err := s.dir.Credentials.List(ctx, a, l)
		if err != nil {
			return nil, err
		}
		return pageOf(p, credentialView), nil
	})
	handle(s, route{
		method: http.MethodPost, path: "/v1/members/{id}/code", id: "set-code", tag: "Credentials", scope: MembersWrite,
		summary: "Give a member a new access code", text: "In place of the one she had.",
	}, func(ctx context.Context, a directory.Actor, in *codeIn) (*struct{ Body CodeMade }, error) {
		w, err := wish(in.Body.AccessCode)
		if err != nil {
			return nil, err
		}
		shown, err := s.setCode(ctx, a, in.ID, w)
		if err != nil {
			return nil, err
		}
		if !w.Random { // she knows what she chose
			shown.Code = ""
		}
		return &struct{ Body CodeMade }{CodeMade{string(shown.Code)}}, nil
	})
	handle(s, route{
		method: http.MethodDelete, path: "/v1/members/{id}/code", id: "remove-code", tag: "Credentials", scope: MembersWrite,
		summary: "Take a member's access code away", status: http.StatusNoContent,
	}, func(ctx context.Context, a directory.Actor, in *ThingPath) (*empty, error) {
		_, err := s.setCode(ctx, a, in.ID, directory.CodeWish{})
		return nil, err
	})
	handle(s, route{
		method: http.MethodPost, path: "/v1/members/{id}/backup-codes", id: "make-backup-codes", tag: "Credentials", scope: MembersWrite,
		summary: "Make one-time codes for a member", text: "In place of those she had. To be printed; they work offline.",
		status: http.StatusCreated,
	}, func(ctx context.Context, a directory.Actor, in *backupIn) (*backupOut, error) {
		id, err := idOf[smartbox.User](in.ID)
		if err != nil {
			return nil, err
		}
		codes, err := s.dir.BackupCodes(ctx, a, id, in.Body.Count)
		if err != nil {
			return nil, err
		}
		out := new(backupOut)
		for _, c := range codes {
			out.Body.Codes = append(out.Body.Codes, string(c))
		}
		return out, nil
	})
	s.badges()
}

func (s *server) setCode(ctx context.Context, a directory.Actor, id string, w directory.CodeWish) (directory.Shown, error) {
	member, err := idOf[smartbox.User](id)
	if err != nil {
		return directory.Shown{}, err
	}
	return s.dir.SetCode(ctx, a, member, w)
}

// member finds one of the organization.
func (s *server) member(ctx context.Context, a directory.Actor, text string) (smartbox.UserID, error) {
	id, err := idOf[smartbox.User](text)
	if err != nil {
		return 0, err
	}
	_, err = s.dir.Members.Get(ctx, a, id)
	return id, err
}

type badgeIn struct {
	ThingPath
	Body struct {
		Badge  string `json:"badge" minLength:"1" maxLength:"60" doc:"Technology and number." example:"uid:04A224B2C35D80"`
		Active bool   `json:"active,omitempty" doc:"It needs no activation."`
	}
}

type badgePath struct {
	ThingPath
	Badge string `path:"badge" maxLength:"64" doc:"The credential's id."`
}

func (s *server) badges() {
	handle(s, route{
		method: http.MethodPost, path: "/v1/members/{id}/badges", id: "add-badge", tag: "Credentials", scope: MembersWrite,
		summary: "Give a member a badge", status: http.StatusCreated,
		text: "It works once it was activated with the access code, unless it is active or the member's switches say that badges need no activation.",
	}, func(ctx context.Context, a directory.Actor, in *badgeIn) (*credentialOut, error) {
		id, err := idOf[smartbox.User](in.ID)
		if err != nil {
			return nil, err
		}
		b, err := badge("badge", in.Body.Badge)
		if err != nil {
			return nil, err
		}
		c, err := s.dir.AddBadge(ctx, a, id, b, in.Body.Active)
		if err != nil {
			return nil, err
		}
		return &credentialOut{credentialView(&c)}, nil
	})
	handle(s, route{
		method: http.MethodPost, path: "/v1/members/{id}/badges/{badge}/activate", id: "activate-badge", tag: "Credentials",
		scope: MembersWrite, summary: "Let a badge work",
	}, func(ctx context.Context, a directory.Actor, in *badgePath) (*credentialOut, error) {
		id, err := s.badgeOf(ctx, a, in)
		if err != nil {
			return nil, err
		}
		c, err := s.dir.ActivateBadge(ctx, a, id)
		if err != nil {
			return nil, err
		}
		return &credentialOut{credentialView(&c)}, nil
	})
	handle(s, route{
		method: http.MethodDelete, path: "/v1/members/{id}/badges/{badge}", id: "remove-badge", tag: "Credentials",
		scope: MembersWrite, summary: "Take a badge away", status: http.StatusNoContent,
	}, func(ctx context.Context, a directory.Actor, in *badgePath) (*empty, error) {
		id, err := s.badgeOf(ctx, a, in)
		if err != nil {
			return nil, err
		}
		return nil, s.dir.RemoveCredential(ctx, a, id)
	})
}

// badgeOf finds a badge of the member in the path.
func (s *server) badgeOf(ctx context.Context, a directory.Actor, in *badgePath) (directory.CredentialID, error) {
	member, err := idOf[smartbox.User](in.ID)
	if err != nil {
		return 0, err
	}
	id, err := idOf[directory.Credential](in.Badge)
	if err != nil {
		return 0, err
	}
	c, err := s.dir.Credentials.Get(ctx, a, id)
	if err != nil {
		return 0, err
	}
	if c.Member != member || c.Kind != smartbox.UserBadge {
		return 0, fmt.Errorf("badge %q of member %q: %w", id, member, directory.ErrNotFound)
	}
	return id, nil
}
