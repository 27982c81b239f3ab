package server

import (
	"context"
	"fmt"
	"io"

	"smartbox"
	"smartbox/cloud/directory"
)

// firstName is the organization of a cloud that has none yet; its administrator gives it another.
const firstName = "SmartBox"

// administrator is an organization's first: nobody in particular, for the token is what counts.
func administrator() directory.NewMember {
	return directory.NewMember{Member: directory.Member{
		Kind: directory.KindSmartbox, Role: smartbox.RoleAdministrator,
		Person: directory.Person{FirstName: "First", LastName: "Administrator"},
	}}
}

// adminToken makes a token that may do everything in the organization.
func adminToken(ctx context.Context, s *directory.Service, org directory.OrgID, name string) (string, error) {
	_, secret, err := s.MakeToken(ctx, directory.SystemActor(org), directory.Token{
		Name: name, Role: smartbox.RoleAdministrator,
		Scopes: []directory.Scope{
			directory.ScopeRead, directory.ScopeMembers, directory.ScopeKeys, directory.ScopeBoxes, directory.ScopeCommands,
			directory.ScopeTokens,
		},
	})
	return secret, err
}

// firstStart makes an organization where there is none, and shows the token of its administrator, once.
func firstStart(ctx context.Context, s *directory.Service, out io.Writer) error {
	all, err := s.Organizations(ctx)
	if err != nil || len(all) > 0 {
		return err
	}
	o, _, _, err := s.CreateOrganization(ctx, directory.Organization{Name: firstName}, administrator())
	if err != nil {
		return fmt.Errorf("first start: %w", err)
	}
	token, err := adminToken(ctx, s, o.ID, "administrator")
	if err != nil {
		return fmt.Errorf("first start: %w", err)
	}
	_, err = fmt.Fprintf(out, "Administrator's token, shown this once: %s\n", token)
	return err
}
