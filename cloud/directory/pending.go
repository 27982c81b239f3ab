package directory

import (
	"context"
	"errors"
	"time"

	"smartbox"
	"smartbox/sync/wire"
)

var errPending = errors.New("not built yet")

// NewMember is what it takes to add a member.
type NewMember struct {
	Member                // ID, Org, Meta, Status are given to it
	Code         CodeWish //
	Badges       []smartbox.Badge
	Grants       []Grant // Member is given to them
	SendWelcome  bool    // noted in the audit; mail is sent by whoever serves mail
	BadgesActive bool    // activated already
}

// Shown is what is shown once and never again.
type Shown struct {
	Code smartbox.Code // "" = none was made. Code.String hides it: the API must say string(Code)
}

// CreateMember adds a member with code, badges and grants, all or nothing. A smartbox member starts validated, a full
// one invited.
func (s *Service) CreateMember(ctx context.Context, a Actor, m NewMember) (Member, Shown, error) {
	return Member{}, Shown{}, errPending
}

// Move is a change of status that somebody may order.
type Move string

// The moves.
const (
	MoveRegister   Move = "register"   // invited → validated, the member's own doing
	MoveSuspend    Move = "suspend"    // validated → suspended
	MoveRestore    Move = "restore"    // suspended → validated
	MoveBan        Move = "ban"        // validated → banned
	MoveValidate   Move = "validate"   // denied, banned, inactive, suspended → validated
	MoveDeny       Move = "deny"       // validated → denied, by the system or a box
	MoveDeactivate Move = "deactivate" // validated → inactive, by the system
	MoveRemove     Move = "remove"     // out of the organization
)

// MoveMember makes a move of the status machine; version 0 = whatever the version. Refused with a *RefusedError where
// the table of moves has no such move, or where the member holds a key and the move is a removal.
func (s *Service) MoveMember(ctx context.Context, a Actor, id smartbox.UserID, version int64, m Move, reason string) (Member, error) {
	return Member{}, errPending
}

// SetCode gives the member an access code in place of the one she had; an empty wish takes it away. A random code comes
// back once, in Shown.
func (s *Service) SetCode(ctx context.Context, a Actor, id smartbox.UserID, w CodeWish) (Shown, error) {
	return Shown{}, errPending
}

// BackupCodes gives the member n one-time codes of 10 digits in place of those she had.
func (s *Service) BackupCodes(ctx context.Context, a Actor, id smartbox.UserID, n int) ([]smartbox.Code, error) {
	return nil, errPending
}

// AddBadge gives the member a badge. Where it is not active, and the member's switches do not let badges in without
// activation, it works once it was activated with the access code.
func (s *Service) AddBadge(ctx context.Context, a Actor, id smartbox.UserID, b smartbox.Badge, active bool) (Credential, error) {
	return Credential{}, errPending
}

// SetFob gives the key a fob in place of the one it had; an empty one takes it away.
func (s *Service) SetFob(ctx context.Context, a Actor, id smartbox.KeyID, fob smartbox.Badge) (Credential, error) {
	return Credential{}, errPending
}

// ActivateBadge lets a badge work.
func (s *Service) ActivateBadge(ctx context.Context, a Actor, id CredentialID) (Credential, error) {
	return Credential{}, errPending
}

// RemoveCredential takes a code, badge or fob away.
func (s *Service) RemoveCredential(ctx context.Context, a Actor, id CredentialID) error {
	return errPending
}

// MakeToken makes an API token. The secret is shown once.
func (s *Service) MakeToken(ctx context.Context, a Actor, t Token) (Token, string, error) {
	return Token{}, "", errPending
}

// Authenticate finds who a token's secret belongs to; ErrNotFound for a wrong, revoked or expired one.
func (s *Service) Authenticate(ctx context.Context, secret string) (Actor, error) {
	return Actor{}, errPending
}

// CreateOrganization makes a tenant with its first administrator, a smartbox member.
func (s *Service) CreateOrganization(ctx context.Context, o Organization, admin NewMember) (Organization, Member, Shown, error) {
	return Organization{}, Member{}, Shown{}, errPending
}

// Organization is the actor's own.
func (s *Service) Organization(ctx context.Context, a Actor) (Organization, error) {
	return Organization{}, errPending
}

// Organizations lists all there are, for the operator's own programs.
func (s *Service) Organizations(ctx context.Context) ([]Organization, error) { return nil, errPending }

// UpdateOrganization changes the actor's own.
func (s *Service) UpdateOrganization(ctx context.Context, a Actor, o Organization) (Organization, error) {
	return Organization{}, errPending
}

// MakeClaim gives the box a claim by the digest of its code (SHA-256), in place of the one before.
func (s *Service) MakeClaim(ctx context.Context, a Actor, box smartbox.BoxID, digest []byte, expires smartbox.Stamp) error {
	return errPending
}

// TakeClaim uses a claim up and gives its box; ErrNotFound for one that is wrong, used or late.
func (s *Service) TakeClaim(ctx context.Context, digest []byte) (smartbox.BoxID, error) {
	return 0, errPending
}

// Enrolled notes the certificate that a box was given, and makes sure that the box has a key for its credentials.
func (s *Service) Enrolled(ctx context.Context, box smartbox.BoxID, id Identity) (smartbox.BoxKey, error) {
	return smartbox.BoxKey{}, errPending
}

// BoxKey is the key under which the box's credentials are digested.
func (s *Service) BoxKey(ctx context.Context, box smartbox.BoxID) (smartbox.BoxKey, error) {
	return smartbox.BoxKey{}, errPending
}

// Revoke makes the box's certificate worthless.
func (s *Service) Revoke(ctx context.Context, a Actor, box smartbox.BoxID, reason string) error {
	return errPending
}

// BoxByFingerprint finds the box whose certificate has this fingerprint, revoked or not; ErrNotFound.
func (s *Service) BoxByFingerprint(ctx context.Context, fingerprint string) (BoxState, error) {
	return BoxState{}, errPending
}

// BoxState is what is known about a box's running, for the actor's own boxes.
func (s *Service) BoxState(ctx context.Context, a Actor, box smartbox.BoxID) (BoxState, error) {
	return BoxState{}, errPending
}

// State is BoxState for the fleet, which serves every organization.
func (s *Service) State(ctx context.Context, box smartbox.BoxID) (BoxState, error) {
	return BoxState{}, errPending
}

// Seen notes what a box said of itself.
type Seen struct {
	Online     bool
	Connection string
	Firmware   string // "" = not said
}

// BoxSeen notes a birth, a death or a hello. An offline of another connection than the last is ignored.
func (s *Service) BoxSeen(ctx context.Context, box smartbox.BoxID, seen Seen) error {
	return errPending
}

// ErrNeedsSnapshot says that no delta leads from where the box is.
var ErrNeedsSnapshot = errors.New("no delta leads there; send a snapshot")

// DeltaFor is what turns the box's state at (epoch, base) into the newest. ErrNeedsSnapshot where base is of another
// epoch, ahead, or below what tombstones are kept for. A box that is up to date gets an empty one with Base == Revision.
func (s *Service) DeltaFor(ctx context.Context, box smartbox.BoxID, epoch, base uint64) (StateDelta, error) {
	return StateDelta{}, errPending
}

// SnapshotFor is the box's whole state, normalized and valid.
func (s *Service) SnapshotFor(ctx context.Context, box smartbox.BoxID) (StateSnapshot, error) {
	return StateSnapshot{}, errPending
}

// StateDigest is the digest of the box's state at the newest version, as the box computes it.
func (s *Service) StateDigest(ctx context.Context, box smartbox.BoxID) (smartbox.Revision, smartbox.StateSum, error) {
	return smartbox.Revision{}, smartbox.StateSum{}, errPending
}

// Applied notes what a box has in force, and the people that it has forgotten. It reports false where the digest is not
// that of the state at this version: then an alarm stands, and the box needs a snapshot.
func (s *Service) Applied(ctx context.Context, box smartbox.BoxID, at smartbox.Revision, digest smartbox.StateSum, forgotten []smartbox.UserID) (same bool, err error) {
	return false, errPending
}

// BoxesBehind lists boxes whose state in force is not the desired one, ascending, after the given one.
func (s *Service) BoxesBehind(ctx context.Context, after smartbox.BoxID, limit int) ([]smartbox.BoxID, error) {
	return nil, errPending
}

// NewEpochs begins a new epoch for every box, as has to be done after a restore; it gives their number.
func (s *Service) NewEpochs(ctx context.Context) (int, error) { return 0, errPending }

// Erasures lists the boxes that know or knew a member, and which of them have forgotten her.
func (s *Service) Erasures(ctx context.Context, a Actor, member smartbox.UserID) ([]Erasure, error) {
	return nil, errPending
}

// TakeEvents takes a stretch of a box's journal in, each event exactly once, and gives the sequence number up to which
// the cloud has them, to be acknowledged. Events come back in the order of their numbers.
func (s *Service) TakeEvents(ctx context.Context, box smartbox.BoxID, m *wire.Events) (upto uint64, err error) {
	return 0, errPending
}

// EventsUpto is how far a box's journal was taken in.
func (s *Service) EventsUpto(ctx context.Context, box smartbox.BoxID, epoch uint64) (uint64, error) {
	return 0, errPending
}

// Events lists events that the actor may see; f.Org is set to the actor's. A limit of 0 is DefaultPage.
func (s *Service) Events(ctx context.Context, a Actor, f EventFilter) ([]StoredEvent, error) {
	return nil, errPending
}

// Why is what explains an event's decision.
type Why struct {
	Event    StoredEvent
	Reason   string            // for the administrator, smartbox.Reason.Explain
	Rule     smartbox.Rule     // what decided
	Revision smartbox.Revision // of the knowledge that decided
	Age      time.Duration     // of that knowledge; negative = not known
	Behind   uint64            // versions that the box lacked when the event arrived; 0 = none, or not known
	Grant    *Grant            // that decided, where it still is there
	Member   *Member           // as she is now, where the actor may see her
	Key      *Key              // as it is now
}

// EventWhy explains an event.
func (s *Service) EventWhy(ctx context.Context, a Actor, id int64) (Why, error) {
	return Why{}, errPending
}

// Custody lists where keys are; f.Org is set to the actor's.
func (s *Service) Custody(ctx context.Context, a Actor, f CustodyFilter) ([]Custody, error) {
	return nil, errPending
}

// RaiseAlarm notes an alarm that the fleet noticed.
func (s *Service) RaiseAlarm(ctx context.Context, box smartbox.BoxID, k AlarmKind, detail string) error {
	return errPending
}

// Enqueue gives a command its id and counter and lets the fleet know.
func (s *Service) Enqueue(ctx context.Context, a Actor, c Command) (Command, error) {
	return Command{}, errPending
}

// WaitingCommands are those that are to be sent to the box, ascending by counter; those past their time are marked
// expired instead.
func (s *Service) WaitingCommands(ctx context.Context, box smartbox.BoxID) ([]Command, error) {
	return nil, errPending
}

// CommandSent notes that a command left.
func (s *Service) CommandSent(ctx context.Context, box smartbox.BoxID, id CommandID) error {
	return errPending
}

// CommandAnswered notes the box's answer. A second answer is ignored.
func (s *Service) CommandAnswered(ctx context.Context, box smartbox.BoxID, id CommandID, ok bool, result string) error {
	return errPending
}

// HoldLeases renews the replica's leases and takes free or expired ones until it has want.
func (s *Service) HoldLeases(ctx context.Context, holder string, want int, ttl time.Duration) ([]smartbox.BoxID, error) {
	return nil, errPending
}

// ReleaseLeases gives them up, as at an orderly end.
func (s *Service) ReleaseLeases(ctx context.Context, holder string) error { return errPending }

// Remember begins a request under an idempotency key. It reports true with the earlier record where there is one: with
// Status 0 it is still under way. Another request under the same key is a *ConflictError. Header and Body are stored sealed.
func (s *Service) Remember(ctx context.Context, a Actor, key string, fingerprint []byte, ttl time.Duration) (IdempotencyRecord, bool, error) {
	return IdempotencyRecord{}, false, errPending
}

// Answer completes what Remember began.
func (s *Service) Answer(ctx context.Context, a Actor, r IdempotencyRecord) error { return errPending }

// ForgetRequest gives up what Remember began, so that the request may be made again.
func (s *Service) ForgetRequest(ctx context.Context, a Actor, key string) error { return errPending }
