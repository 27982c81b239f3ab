package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"smartbox/cloud/directory"
)

// OrganizationFields are what a caller may write of her organization.
type OrganizationFields struct {
	Name              string `json:"name" minLength:"1" maxLength:"100"`
	CodeLength        int    `json:"code_length,omitempty" enum:"0,4,5,6,7,8" doc:"Digits of a generated access code; as few as are safe if it is not there."`
	InactiveAfterDays int    `json:"inactive_after_days,omitempty" minimum:"0" maximum:"3650" doc:"A member who uses nothing for so long becomes inactive; 0 = 90."`
	Language          string `json:"language,omitempty" maxLength:"10" example:"de"`
}

// Organization is the caller's own.
type Organization struct {
	ID   directory.OrgID `json:"id"`
	Plan directory.Plan  `json:"plan"`
	OrganizationFields
	Head
}

const aDay = 24 * time.Hour

func organizationFields(o *directory.Organization) OrganizationFields {
	return OrganizationFields{o.Name, o.Settings.CodeLength, int(o.Settings.InactiveAfter / aDay), o.Settings.Language}
}

func organizationOut(o *directory.Organization) *thingOut[Organization] {
	return &thingOut[Organization]{
		ETag: etag(o.Version), Body: Organization{o.ID, o.Plan, organizationFields(o), headOf(o.Meta)},
	}
}

type organizationPatch struct {
	IfMatch string `header:"If-Match" doc:"The ETag that was read."`
	RawBody []byte
}

func (s *server) organization() {
	handle(s, route{
		method: http.MethodGet, path: "/v1/organization", id: "get-organization", summary: "Read the organization", tag: "Organization",
		scope: MembersRead,
	}, func(ctx context.Context, a directory.Actor, _ *empty) (*thingOut[Organization], error) {
		o, err := s.dir.Organization(ctx, a)
		if err != nil {
			return nil, err
		}
		return organizationOut(&o), nil
	})
	reg := s.api.OpenAPI().Components.Schemas
	schema := reg.Schema(typeOf[OrganizationFields](), true, "")
	handlePatch(s, route{
		method: http.MethodPatch, path: "/v1/organization", id: "update-organization", summary: "Change the organization",
		tag: "Organization", scope: Tokens, text: "A merge patch (RFC 7396).",
	}, reg, schema, func(ctx context.Context, a directory.Actor, in *organizationPatch) (*thingOut[Organization], error) {
		for try := 1; ; try++ {
			o, err := s.dir.Organization(ctx, a)
			if err != nil {
				return nil, err
			}
			if _, err = ifMatch(in.IfMatch, o.Version); err != nil {
				return nil, err
			}
			f, err := merge(reg, schema, organizationFields(&o), in.RawBody)
			if err != nil {
				return nil, err
			}
			o.Name, o.Settings.CodeLength, o.Settings.Language = f.Name, f.CodeLength, f.Language
			o.Settings.InactiveAfter = time.Duration(f.InactiveAfterDays) * aDay
			now, err := s.dir.UpdateOrganization(ctx, a, o)
			if errors.Is(err, directory.ErrStale) && in.IfMatch == "" && try < maxTries {
				continue
			}
			if err != nil {
				return nil, err
			}
			return organizationOut(&now), nil
		}
	})
}
