package directory

import (
	"slices"

	"smartbox"
)

// Actor is who asks for a change, as the API found out. System is the cloud itself.
type Actor struct {
	Org    OrgID
	Member smartbox.UserID // none for a token of the organization itself
	Token  TokenID         // none for a person in the dashboard
	Role   smartbox.Role
	Scopes []Scope // nil = no limit beyond the role
	System bool    // the cloud's own doing: may do all within Org
}

// SystemActor is the cloud acting by itself in an organization.
func SystemActor(org OrgID) Actor { return Actor{Org: org, System: true} }

// Name names the actor in the audit: "member:…", "token:…" or "system".
func (a Actor) Name() string {
	switch {
	case a.System:
		return "system"
	case a.Token != 0:
		return "token:" + a.Token.String()
	default:
		return "member:" + a.Member.String()
	}
}

// Can reports whether the actor's role has the capability and, for a token, whether one of its scopes lets it be used.
func (a Actor) Can(c Capability) bool {
	if a.System {
		return true
	}
	row, ok := capabilities()[c]
	return ok && a.Role >= row.from && (a.Scopes == nil || slices.Contains(a.Scopes, row.scope))
}

func (a Actor) need(c Capability) error {
	if a.Can(c) {
		return nil
	}
	return &ForbiddenError{Need: "the capability " + string(c)}
}

// Capability is one thing that a role may do in the cloud. Code asks for capabilities, never for a role.
type Capability string

// The capabilities.
const (
	SeeOwn          Capability = "see-own"          // one's own record and history
	SeeMembers      Capability = "see-members"      // members, and events of the groups one belongs to
	SeeAll          Capability = "see-all"          // every event, the audit, alarms
	SeeKeys         Capability = "see-keys"         // keys, groups, boxes, schedules, locations
	ManageMembers   Capability = "manage-members"   // add members, change them and their credentials
	RemoveMembers   Capability = "remove-members"   // remove, ban, suspend, validate; take members out of groups
	ManageGrants    Capability = "manage-grants"    // give permissions on the groups one belongs to
	ManageSchedules Capability = "manage-schedules" //
	ManageBookings  Capability = "manage-bookings"  //
	ManageKeys      Capability = "manage-keys"      // keys and groups
	ManageBoxes     Capability = "manage-boxes"     // locations, boxes, slots, enrolment
	CommandBoxes    Capability = "command-boxes"    // open any slot, reboot, update
	ManageTokens    Capability = "manage-tokens"    // tokens and settings
	AdministerRoles Capability = "administer-roles" // make managers and administrators
)

type capabilityRow struct {
	from  smartbox.Role // this role and those above
	scope Scope
}

// capabilities is the table of the product: which role may do what, and which scope a token needs for it.
func capabilities() map[Capability]capabilityRow {
	return map[Capability]capabilityRow{
		SeeOwn:          {smartbox.RoleBasic, ScopeRead},
		SeeMembers:      {smartbox.RoleManager, ScopeRead},
		SeeKeys:         {smartbox.RoleManager, ScopeRead},
		SeeAll:          {smartbox.RoleAdministrator, ScopeRead},
		ManageMembers:   {smartbox.RoleManager, ScopeMembers},
		ManageGrants:    {smartbox.RoleManager, ScopeMembers},
		RemoveMembers:   {smartbox.RoleAdministrator, ScopeMembers},
		AdministerRoles: {smartbox.RoleAdministrator, ScopeMembers},
		ManageSchedules: {smartbox.RoleManager, ScopeKeys},
		ManageBookings:  {smartbox.RoleManager, ScopeKeys},
		ManageKeys:      {smartbox.RoleAdministrator, ScopeKeys},
		ManageBoxes:     {smartbox.RoleAdministrator, ScopeBoxes},
		CommandBoxes:    {smartbox.RoleAdministrator, ScopeCommands},
		ManageTokens:    {smartbox.RoleAdministrator, ScopeTokens},
	}
}
