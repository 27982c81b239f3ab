package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/cmd/internal/demo"
	"smartbox/sync/snapfile"
)

// DemoName is the demonstration's organization.
const DemoName = "Demo Motors"

func (t *tool) demo() *cobra.Command {
	return t.verb("demo", "Fill a demonstration's organization",
		`Fill an organization with invented people, keys and permissions, and a box that can be enrolled. A second time it adds
what is missing and changes nothing that is there. The cloud may be running.`,
		func(ctx context.Context, cfg Config) error {
			b, err := openBooks(ctx, cfg, hooks{})
			if err != nil {
				return err
			}
			defer func() { _ = b.close() }()
			f, err := demo.File()
			if err != nil {
				return err
			}
			d, err := FillDemo(ctx, b.directory, cfg.Data, f)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.out, "organization  %s\nbox           %s\ntoken         %s\n", DemoName, d.Box, d.Token)
			return err
		})
}

// Demo is what a demonstration works with.
type Demo struct {
	Org   directory.OrgID
	Box   smartbox.BoxID
	Token string // may do everything in the organization
}

// FillDemo makes the demonstration's organization out of a people file, or adds to it what is missing. The token is kept
// in the data directory: a demonstration has no secrets.
func FillDemo(ctx context.Context, s *directory.Service, dir string, f *snapfile.File) (d Demo, err error) {
	snap, _, err := snapfile.Build(snapfile.Options{
		Key: &smartbox.BoxKey{}, Zones: time.LoadLocation, Now: time.Now(), Revision: smartbox.Revision{Epoch: 1, Version: 1},
	}, f)
	if err != nil {
		return d, err
	}
	d.Box = snap.Box.ID
	if d.Org, err = demoOrganization(ctx, s); err != nil {
		return d, err
	}
	filler := filler{ctx: ctx, s: s, a: directory.SystemActor(d.Org), snap: snap, file: f}
	if err := filler.fill(); err != nil {
		return d, fmt.Errorf("demonstration: %w", err)
	}
	d.Token, err = demoToken(ctx, s, d.Org, filepath.Join(dir, "demo.token"))
	return d, err
}

func demoOrganization(ctx context.Context, s *directory.Service) (directory.OrgID, error) {
	all, err := s.Organizations(ctx)
	if err != nil {
		return 0, err
	}
	for i := range all {
		if all[i].Name == DemoName {
			return all[i].ID, nil
		}
	}
	o, _, _, err := s.CreateOrganization(ctx, directory.Organization{Name: DemoName, Plan: directory.PlanPaid}, administrator())
	return o.ID, err
}

// demoToken gives the token of the last time, while it works.
func demoToken(ctx context.Context, s *directory.Service, org directory.OrgID, path string) (string, error) {
	if b, err := os.ReadFile(path); err == nil { //nolint:gosec // of the data directory
		secret := strings.TrimSpace(string(b))
		if a, err := s.Authenticate(ctx, secret); err == nil && a.Org == org {
			return secret, nil
		}
	}
	secret, err := adminToken(ctx, s, org, "demonstration")
	if err != nil {
		return "", err
	}
	return secret, os.WriteFile(path, []byte(secret+"\n"), 0o600)
}

// filler brings one people file in.
type filler struct {
	ctx  context.Context //nolint:containedctx // of one call of fill
	s    *directory.Service
	a    directory.Actor
	snap *smartbox.Snapshot
	file *snapfile.File
}

func (f *filler) fill() error {
	for _, step := range []func() error{f.places, f.things, f.times, f.fobs, f.people} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// once makes a thing where there is none of its id yet.
func once[T any, I ~uint64](f *filler, t directory.Things[T, I], id I, thing T) error {
	_, err := t.Get(f.ctx, f.a, id)
	if !errors.Is(err, directory.ErrNotFound) {
		return err
	}
	_, err = t.Create(f.ctx, f.a, thing)
	return err
}

func (f *filler) places() error {
	for _, l := range f.snap.Locations {
		if err := once(f, f.s.Locations, l.ID, directory.Location{ID: l.ID, Name: l.Name, Zone: l.Zone}); err != nil {
			return err
		}
	}
	b := f.snap.Box
	if err := once(f, f.s.Boxes, b.ID, directory.Box{
		ID: b.ID, Name: b.Name, Location: b.Location, Language: b.Language, NeedPIN: b.NeedPIN, GoTo: b.GoTo,
		Policy: b.Policy, Reasons: b.Reasons,
	}); err != nil {
		return err
	}
	for _, s := range f.snap.Slots {
		if err := once(f, f.s.Slots, s.ID, directory.Slot{ID: s.ID, Box: b.ID, Number: s.Number, Retired: s.Retired}); err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) things() error {
	for _, g := range f.snap.Groups {
		if err := once(f, f.s.Groups, g.ID, directory.Group{
			ID: g.ID, Name: g.Name, NeedPIN: g.NeedPIN, People: g.People, MaxPerUser: g.MaxPerUser, MaxOut: g.MaxOut,
		}); err != nil {
			return err
		}
	}
	for _, k := range f.snap.Keys {
		if err := once(f, f.s.Keys, k.ID, directory.Key{
			ID: k.ID, Name: k.Name, Box: f.snap.Box.ID, Home: k.Home, Groups: k.Groups, Policy: k.Policy, Blocked: k.Blocked,
		}); err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) times() error {
	for _, s := range f.snap.Schedules {
		if err := once(f, f.s.Schedules, s.ID, directory.Schedule{
			ID: s.ID, Name: s.Name, Windows: s.Windows, Holidays: s.Holidays,
		}); err != nil {
			return err
		}
	}
	return nil
}

// fobs gives each key the fob of the file, unless it has one.
func (f *filler) fobs() error {
	for _, k := range f.file.Keys {
		if !k.Fob.Given() {
			continue
		}
		id, err := smartbox.ParseID[smartbox.Key](k.ID.Value)
		if err != nil {
			return err
		}
		has, err := f.s.Credentials.List(f.ctx, f.a, directory.List{Where: []directory.Cond{directory.Eq(directory.FieldKey, id)}})
		if err != nil {
			return err
		}
		if len(has.Things) > 0 {
			continue
		}
		fob, err := smartbox.ParseBadge(k.Fob.Value)
		if err != nil {
			return err
		}
		if _, err := f.s.SetFob(f.ctx, f.a, id, fob); err != nil {
			return err
		}
	}
	return nil
}

// people are made with all that they have, in one transaction each: one who is there is left as she is.
func (f *filler) people() error {
	grants := map[smartbox.UserID][]directory.Grant{}
	for _, g := range f.snap.Grants {
		grants[g.User] = append(grants[g.User], directory.Grant{
			Target: g.Target, Role: g.Role, Schedule: g.Schedule, From: g.From, Until: g.Until,
		})
	}
	for _, u := range f.snap.Users {
		_, err := f.s.Members.Get(f.ctx, f.a, u.ID)
		if err == nil {
			continue
		}
		if !errors.Is(err, directory.ErrNotFound) {
			return err
		}
		m, err := f.member(u)
		if err != nil {
			return err
		}
		m.Grants = grants[u.ID]
		if err := f.person(m, u.Status); err != nil {
			return err
		}
	}
	return nil
}

// person makes one. Who may do more than exchange keys has to be a full member, and registers at once.
func (f *filler) person(m directory.NewMember, status smartbox.Status) error {
	more := func(g directory.Grant) bool { return g.Role != smartbox.PermitExchange }
	if slices.ContainsFunc(m.Grants, more) {
		m.Kind, m.Person.Email = directory.KindFull, m.ID.String()+"@demo.invalid"
	}
	if _, _, err := f.s.CreateMember(f.ctx, f.a, m); err != nil {
		return err
	}
	var moves []directory.Move
	if m.Kind == directory.KindFull {
		moves = append(moves, directory.MoveRegister)
	}
	if status == smartbox.StatusSuspended {
		moves = append(moves, directory.MoveSuspend)
	}
	for _, move := range moves {
		if _, err := f.s.MoveMember(f.ctx, f.a, m.ID, 0, move, "demonstration"); err != nil {
			return err
		}
	}
	return nil
}

// member is a person of the file as the directory takes her.
func (f *filler) member(u smartbox.User) (m directory.NewMember, err error) {
	first, last, _ := strings.Cut(u.Name, " ")
	m.Member = directory.Member{
		ID: u.ID, Kind: directory.KindSmartbox, Role: u.Role, MaxKeys: u.MaxKeys, From: u.From, Until: u.Until,
		Person: directory.Person{FirstName: first, LastName: last, Language: u.Language},
		Switches: directory.MemberSwitches{
			CardAccess: u.Switches.Has(smartbox.CardAccess), CardsWithoutActivation: u.Switches.Has(smartbox.CardsWithoutActivation),
		},
	}
	for _, w := range f.file.Users {
		if w.ID.Value != u.ID.String() {
			continue
		}
		if m.Code.Custom, err = smartbox.ParseCode(w.Code.Value); err != nil {
			return m, err
		}
		m.BadgesActive = w.Activated.Value == "true"
		for _, text := range w.Badge {
			b, err := smartbox.ParseBadge(text.Value)
			if err != nil {
				return m, err
			}
			m.Badges = append(m.Badges, b)
		}
	}
	return m, nil
}
