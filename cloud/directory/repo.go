package directory

import (
	"context"

	"smartbox"
)

// Repo is the database that the directory needs. cloud/store has it.
type Repo interface {
	// Update runs fn in one serializable transaction and commits it. Where the database asks to try again, it runs
	// fn again from its beginning, so that fn must have no effect but through tx. Transactions of one organization
	// wait for each other; none waits for another organization's. What fn returns comes back as it is.
	Update(ctx context.Context, org OrgID, fn func(tx Tx) error) error
	// View runs fn over one consistent state; fn must not write.
	View(ctx context.Context, fn func(tx Tx) error) error
}

// Tx is one transaction. It must not be used after fn has returned, nor by two goroutines at once.
type Tx interface {
	Organizations() Set[Organization]
	Profiles() Set[Profile]
	Members() Set[Member]
	Locations() Set[Location]
	Holidays() Set[Holiday]
	Boxes() Set[Box]
	Slots() Set[Slot]
	Keys() Set[Key]
	Groups() Set[Group]
	Grants() Set[Grant]
	Schedules() Set[Schedule]
	Bookings() Set[Booking]
	Credentials() Set[Credential]
	Tokens() Set[Token]
	Audit() Set[AuditEntry]
	Alarms() Set[Alarm]
	Commands() Set[Command]
	State() States
	Log() Log
	Desk() Desk
}

// Set is the stored things of one kind.
type Set[T any] interface {
	// Get finds one by its id; ErrNotFound.
	Get(ctx context.Context, id uint64) (T, error)
	// Insert adds one with Meta.Version 1; a *ConflictError where something unique is taken.
	Insert(ctx context.Context, thing *T) error
	// Update replaces the one whose id and Meta.Version thing has, and counts that up; ErrStale, ErrNotFound, or a
	// *ConflictError.
	Update(ctx context.Context, thing *T) error
	// Delete takes one away; ErrNotFound.
	Delete(ctx context.Context, id uint64) error
	// Find lists what meets all conditions, in the order of (q.Order, id).
	Find(ctx context.Context, q Query) ([]T, error)
	// Count is the number of things that meet all conditions.
	Count(ctx context.Context, where ...Cond) (int64, error)
	// Value is what a thing has in a field, as a Position holds it.
	Value(ctx context.Context, id uint64, f Field) (string, error)
}

// States are the desired states of boxes and what is known about their running.
type States interface {
	Get(ctx context.Context, box smartbox.BoxID) (BoxState, error)
	Insert(ctx context.Context, s *BoxState) error
	// Update writes everything but Epoch, Version, Digest and Counter.
	Update(ctx context.Context, s *BoxState) error
	Delete(ctx context.Context, box smartbox.BoxID) error
	// Next counts the version up by one and gives the state as it is then.
	Next(ctx context.Context, box smartbox.BoxID) (BoxState, error)
	// SetDigest writes the digest of the version that Next gave.
	SetDigest(ctx context.Context, box smartbox.BoxID, sum smartbox.StateSum) error
	// NextCounter counts the command counter up by one and gives the new one.
	NextCounter(ctx context.Context, box smartbox.BoxID) (uint64, error)
	// SetEpoch begins a new epoch: what boxes applied in others no longer counts.
	SetEpoch(ctx context.Context, box smartbox.BoxID, epoch uint64) error
	// Behind lists boxes whose applied revision is not the desired one, ascending by id, after the given one.
	Behind(ctx context.Context, after smartbox.BoxID, limit int) ([]smartbox.BoxID, error)
	// ByFingerprint finds the box of a certificate; ErrNotFound.
	ByFingerprint(ctx context.Context, fingerprint string) (BoxState, error)
	// All lists every state, ascending by box.
	All(ctx context.Context) ([]BoxState, error)

	// Items lists a box's items, tombstones included, that meet the filter, ascending by (kind, item).
	Items(ctx context.Context, box smartbox.BoxID, f ItemFilter) ([]BoxItem, error)
	// PutItems inserts or replaces items.
	PutItems(ctx context.Context, items []BoxItem) error
	// Holding lists the boxes that have this item, ascending.
	Holding(ctx context.Context, kind smartbox.ItemKind, item string) ([]smartbox.BoxID, error)
	// Bury deletes the tombstones of a box up to a version, but those that wait for a receipt.
	Bury(ctx context.Context, box smartbox.BoxID, upto uint64) error

	// Know notes that boxes know people, where that is not noted yet.
	Know(ctx context.Context, known []Erasure) error
	// Erasures lists who knows a member (box none) or whom a box has still to forget (member none).
	Erasures(ctx context.Context, member smartbox.UserID, box smartbox.BoxID) ([]Erasure, error)
	// AskErasure asks every box that knows the member and has not answered yet.
	AskErasure(ctx context.Context, member smartbox.UserID, at smartbox.Stamp) error
	// Forgotten notes a receipt.
	Forgotten(ctx context.Context, member smartbox.UserID, box smartbox.BoxID, at smartbox.Stamp) error
}

// ItemFilter chooses among a box's items; its zero value takes them all.
type ItemFilter struct {
	Above  uint64              // only versions greater than this
	Kinds  []smartbox.ItemKind // nil = all
	Owners []string            // nil = all
	Live   bool                // without tombstones
}

// Log is what boxes sent.
type Log interface {
	// Chain is how far a journal was taken in; the zero Upto where nothing was.
	Chain(ctx context.Context, box smartbox.BoxID, epoch uint64) (Chain, bool, error)
	// Chains are all journals of a box, in the order in which they began.
	Chains(ctx context.Context, box smartbox.BoxID) ([]Chain, error)
	PutChain(ctx context.Context, c Chain) error
	// Append inserts events, gives them their ids, and fails with a *ConflictError for one that is there.
	Append(ctx context.Context, org OrgID, events []StoredEvent) error
	// Event finds one; ErrNotFound.
	Event(ctx context.Context, org OrgID, id int64) (StoredEvent, error)
	// Events lists events that meet the filter.
	Events(ctx context.Context, f EventFilter) ([]StoredEvent, error)
	// Custody of keys; those of which nothing is known are left out.
	Custody(ctx context.Context, f CustodyFilter) ([]Custody, error)
	PutCustody(ctx context.Context, list []Custody) error
	DropCustody(ctx context.Context, key smartbox.KeyID) error
}

// EventFilter chooses events of one organization.
type EventFilter struct {
	Org        OrgID
	After      int64 // ascending from there; 0 = from the first
	Before     int64 // where not 0: descending from there, After is the end
	Newest     bool  // descending from the newest
	Limit      int
	Box        smartbox.BoxID
	Key        smartbox.KeyID
	Keys       []smartbox.KeyID // any of them; nil = all
	Member     smartbox.UserID  // as any of the three
	Kinds      []smartbox.EventKind
	From, Till smartbox.Stamp // of the event's own time; Till exclusive
}

// CustodyFilter chooses custody by one of its fields; Org alone takes all.
type CustodyFilter struct {
	Org    OrgID
	Box    smartbox.BoxID
	Key    smartbox.KeyID
	Member smartbox.UserID // keys that she has
}

// Desk holds what keeps replicas and repeated requests apart.
type Desk interface {
	// Next counts a named counter of an organization up by n and gives the last number.
	Next(ctx context.Context, org OrgID, counter string, n uint64) (uint64, error)
	// Remember inserts the record, or gives the one that stands there and has not expired.
	Remember(ctx context.Context, r IdempotencyRecord, now smartbox.Stamp) (IdempotencyRecord, bool, error)
	// Used notes when a member last used the system. It is no change of her record: its version stays.
	Used(ctx context.Context, member smartbox.UserID, at smartbox.Stamp) error
	// Answer completes a record.
	Answer(ctx context.Context, r IdempotencyRecord) error
	// Forget deletes a record, or with an empty key all that expired before now.
	Forget(ctx context.Context, org OrgID, key string, now smartbox.Stamp) error
	// Hold renews the holder's leases and takes free or expired ones until it has want; it gives all it holds.
	Hold(ctx context.Context, holder string, want int, now, until smartbox.Stamp) ([]smartbox.BoxID, error)
	// Release gives up the holder's leases.
	Release(ctx context.Context, holder string) error
	// Leases lists all that have not expired.
	Leases(ctx context.Context, now smartbox.Stamp) ([]Lease, error)
	// PutClaim replaces the box's claim.
	PutClaim(ctx context.Context, c Claim) error
	// TakeClaim marks the claim with this digest as used and gives it; ErrNotFound where there is none that is
	// unused and in time.
	TakeClaim(ctx context.Context, digest []byte, now smartbox.Stamp) (Claim, error)
}
