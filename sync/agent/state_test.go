package agent

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"smartbox"
	"smartbox/sync/wire"
)

func suspend(i int) func(s *smartbox.Snapshot) {
	return func(s *smartbox.Snapshot) { s.Users[i].Status = smartbox.StatusSuspended }
}

// quiet makes a change of which the box hears nothing.
func (w world) quiet(f func(s *smartbox.Snapshot)) wire.Delta {
	w.b.set(func(b *broker) { b.judge = func(string, []byte) fate { return fate{ack: true} } })
	d := w.c.change(f)
	w.b.set(func(b *broker) { b.judge = nil })
	return d
}

func (w world) say(m wire.Message) { w.c.do(func() { w.c.say(m) }) }

func TestDeltasOutOfPlace(t *testing.T) {
	type step func(w world, before wire.Delta)
	for name, c := range map[string]struct {
		do      step
		hellos  int // that follow
		applied int
		notes   map[NoteKind]int
	}{
		"the same again":        {func(w world, d wire.Delta) { w.say(&d) }, 0, 1, nil},
		"an older confirmation": {func(w world, d wire.Delta) { d.Delta = confirmation(d.Delta.Base); w.say(&d) }, 0, 0, nil},
		"a confirmation":        {func(w world, d wire.Delta) { d.Delta = confirmation(d.Delta.Revision); w.say(&d) }, 0, 0, nil},
		"a gap":                 {func(w world, _ wire.Delta) { w.quiet(suspend(1)); w.c.change(suspend(2)) }, 1, 1, nil},
		"a confirmation over a gap": {func(w world, _ wire.Delta) {
			w.say(&wire.Delta{Delta: confirmation(w.quiet(suspend(1)).Delta.Revision)})
		}, 1, 1, nil},
		"one that overlaps": {func(w world, d wire.Delta) {
			next := w.quiet(suspend(1))
			next.Delta.Base = d.Delta.Base
			w.say(&next)
		}, 1, 1, nil},
		"an epoch that ended": {func(w world, d wire.Delta) {
			d.Delta.Base.Epoch, d.Delta.Revision.Epoch = 6, 6
			w.say(&d)
		}, 0, 0, map[NoteKind]int{Dropped: 1}},
		"an epoch to come": {func(w world, d wire.Delta) {
			w.c.do(func() {
				w.c.state = clone(t, w.c.state)
				w.c.state.Revision = smartbox.Revision{Epoch: 8, Version: 2}
				w.c.deltas = nil
			})
			d.Delta.Base, d.Delta.Revision = smartbox.Revision{Epoch: 8, Version: 1}, w.c.state.Revision
			w.say(&d)
		}, 1, 1, nil},
		"one that contradicts what is there": {func(w world, d wire.Delta) {
			now := d.Delta.Revision
			bad := wire.Delta{Delta: smartbox.Delta{
				Base: now, Revision: smartbox.Revision{Epoch: now.Epoch, Version: now.Version + 1}, IssuedAt: 1,
				Put: smartbox.Changes{Grants: []smartbox.Grant{{ID: 5, User: 77, Target: smartbox.OnAll(), Role: smartbox.PermitExchange}}},
			}}
			w.say(&bad)
		}, 0, 1, map[NoteKind]int{StateRefused: 1}},
		"one of another box": {func(w world, d wire.Delta) {
			now, other := d.Delta.Revision, w.c.state.Box
			other.ID = smartbox.MustID[smartbox.Box]("elsewhere")
			bad := wire.Delta{Delta: smartbox.Delta{
				Base: now, Revision: smartbox.Revision{Epoch: now.Epoch, Version: now.Version + 1}, IssuedAt: 1,
				Put: smartbox.Changes{Box: &other},
			}}
			w.say(&bad)
		}, 0, 1, map[NoteKind]int{StateRefused: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, 20, func(w world) {
				w.x.start()
				w.settled(time.Minute)
				before := w.c.change(suspend(0))
				w.settled(time.Minute)
				pass(10 * time.Second)
				hellos, applied := len(w.c.hellos), len(w.c.applied)
				c.do(w, before)
				w.settled(time.Minute)
				pass(10 * time.Second)
				if got := len(w.c.hellos) - hellos; got != c.hellos {
					t.Errorf("%d hellos, want %d", got, c.hellos)
				}
				if got := len(w.c.applied) - applied; (got > 0) != (c.applied > 0) {
					t.Errorf("%d times applied, want %d", got, c.applied)
				}
				for _, k := range []NoteKind{Dropped, Distrusted, StateRefused, DiskFailed} {
					if w.x.noted(k) != c.notes[k] {
						t.Errorf("%s: %d notes, want %d", k, w.x.noted(k), c.notes[k])
					}
				}
			})
		})
	}
}

func confirmation(r smartbox.Revision) smartbox.Delta {
	return smartbox.Delta{Base: r, Revision: r, IssuedAt: smartbox.StampOf(time.Now())}
}

// TestConfirmation: the knowledge is as old as the cloud's last word on it, and never from the future.
func TestConfirmation(t *testing.T) {
	bubble(t, 20, func(w world) {
		w.x.start()
		w.settled(time.Minute)
		pass(time.Hour)
		w.c.do(func() { w.c.say(&wire.Delta{Delta: confirmation(w.c.state.Revision)}) })
		pass(time.Second)
		now := smartbox.StampOf(time.Now().Add(-time.Second))
		if got := w.x.know.Confirmed(); got != now {
			t.Errorf("confirmed at %s, want %s", got, now)
		}
		ahead := confirmation(w.c.state.Revision)
		ahead.IssuedAt += 1_000_000_000
		w.say(&wire.Delta{Delta: ahead})
		pass(time.Second)
		if got, want := w.x.know.Confirmed(), now+1000; got != want {
			t.Errorf("confirmed at %s by a word from the future, want %s", got, want)
		}
	})
}

// TestNothingForeignIsBelieved sends, for each kind of message to a box, every forgery that there is, and a good one last.
func TestNothingForeignIsBelieved(t *testing.T) {
	bubble(t, 20, func(w world) {
		w.x.start()
		w.x.happen(3)
		w.settled(time.Minute)
		id, rev := w.c.state.Box.ID, w.c.state.Revision
		epoch := w.x.log.Cursor().Epoch
		w.b.set(func(b *broker) { b.judge = func(string, []byte) fate { return fair } })
		w.c.do(func() { w.c.silent = true })
		w.x.happen(4) // which no forged word may take away

		put := smartbox.Changes{Users: []smartbox.User{{ID: 99, Name: "Mallory"}}}
		next := smartbox.Revision{Epoch: rev.Epoch, Version: rev.Version + 1}
		evil := map[wire.Kind]wire.Message{
			wire.KindDelta:   &wire.Delta{Delta: smartbox.Delta{Base: rev, Revision: next, IssuedAt: 1, Put: put}},
			wire.KindChunk:   &wire.Chunk{Revision: next, Count: 1, Data: []byte{1}},
			wire.KindAck:     &wire.Ack{Epoch: epoch, UpTo: 7},
			wire.KindCommand: &wire.Command{ID: 66, Counter: 1, Type: wire.CommandRelease, Expires: smartbox.StampOf(time.Now().Add(time.Minute))},
		}
		raw := func(topic string, b []byte, retained bool) {
			w.b.send(id.String(), topic, b, retained)
			pass(time.Second)
		}
		forged := 0
		for kind, m := range evil {
			seed := byte(1)
			if kind == wire.KindCommand {
				seed = 3
			}
			seal := func(s byte, box smartbox.BoxID) []byte {
				b, err := wire.Seal(signKey(s), box, m)
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			topic, good := wire.Topic(id, kind), seal(seed, id)
			plain, err := wire.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			raw(topic, plain, false)
			raw(topic, seal(9, id), false)                                        // a stranger
			raw(topic, seal(4-seed, id), false)                                   // the key for other things
			raw(topic, seal(seed, smartbox.MustID[smartbox.Box]("other")), false) // another box's
			raw(topic, good[:len(good)-1], false)
			raw(topic, append(bytes.Clone(good), 0), false)
			raw(topic, nil, false)
			raw(topic, append(bytes.Clone(good), make([]byte, wire.MaxMessage)...), false)
			raw(topic, good, true) // retained
			raw(wire.Topic(smartbox.MustID[smartbox.Box]("other"), kind), good, false)
			raw(topic+"/x", good, false)
			raw(wire.Topic(id, wire.KindHello), good, false)
			for other := range evil {
				if other != kind {
					raw(wire.Topic(id, other), good, false)
				}
			}
			forged += 15
		}
		counts := w.x.agent.Counts()
		if got := int(counts.Notes[Distrusted.String()] + counts.Notes[Dropped.String()]); got != forged {
			t.Errorf("%d of %d forgeries were noticed: %v", got, forged, counts.Notes)
		}
		if r := w.x.know.Revision(); r != rev || w.x.log.Cursor().Acked != 3 || len(w.x.hands.opened) != 0 || w.x.ledger.Last() != 0 {
			t.Errorf("something was believed: revision %v, acked %d, orders %v", r, w.x.log.Cursor().Acked, w.x.hands.opened)
		}
		w.c.do(func() { w.c.silent = false })
		w.settled(10 * time.Minute)
		w.complete(7)
		if !w.x.agent.Online() || counts.Connects != 1 {
			t.Errorf("online %t after %d connects: a forgery ended the line", w.x.agent.Online(), counts.Connects)
		}
	})
}

// TestSnapshotGoesOn: cut after every part, the transfer goes on where it was, over restarts of the box too.
func TestSnapshotGoesOn(t *testing.T) {
	for name, restart := range map[string]bool{"line cut": false, "box restarted": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, 3000, func(w world) {
				parts := 0
				w.b.set(func(b *broker) {
					b.judge = func(topic string, _ []byte) fate {
						if _, k, err := wire.ParseTopic(topic); err == nil && k == wire.KindChunk {
							parts++
							// The first part of a connection arrives, and what follows does not.
							if b.mu.Lock(); b.held == nil {
								b.held = append(b.held, nil)
								b.mu.Unlock()
								return fate{deliver: 1}
							}
							b.mu.Unlock()
							return fate{}
						}
						return fair
					}
				})
				w.x.start()
				for range 20 {
					pass(5 * time.Second)
					if w.x.know.Revision() != (smartbox.Revision{}) {
						break
					}
					w.b.set(func(b *broker) { b.held = nil })
					if restart {
						w.x.halt()
						w.x.start()
					} else {
						w.b.cut(w.x.id.String())
					}
				}
				w.b.set(func(b *broker) { b.judge = nil })
				w.settled(time.Minute)
				last := w.c.hellos[len(w.c.hellos)-1]
				if last.Staged == nil || last.Staged.Next == 0 {
					t.Errorf("the last hello says of the transfer: %+v", last.Staged)
				}
			})
		})
	}
}

// TestSnapshotPartsInAnyOrder: doubled and in reverse, with a part of an older one between them.
func TestSnapshotPartsInAnyOrder(t *testing.T) {
	bubble(t, 3000, func(w world) {
		w.c.do(func() { w.c.silent = true })
		w.x.start()
		pass(time.Second)
		whole, err := wire.Marshal(w.c.state)
		if err != nil {
			t.Fatal(err)
		}
		parts, err := wire.Split(w.c.state.Revision, whole)
		if err != nil {
			t.Fatal(err)
		}
		stale := wire.Chunk{Revision: smartbox.Revision{Epoch: 7, Version: 39}, Sum: [32]byte{1}, Count: 2, Data: []byte{1}}
		w.say(&stale)
		for i := range parts {
			w.say(&parts[len(parts)-1-i])
			w.say(&parts[len(parts)-1])
			w.say(&stale)
		}
		pass(time.Second)
		if w.x.know.Revision() != w.c.state.Revision {
			t.Errorf("in force is %v", w.x.know.Revision())
		}
		old := parts[0]
		old.Revision.Epoch = 6
		w.say(&old)
		pass(time.Second)
		if w.x.noted(Dropped) != 1 {
			t.Errorf("a part of an epoch that ended: %v", w.x.agent.Counts().Notes)
		}
	})
}

// TestBrokenSnapshot: parts that do not make what was announced change nothing and are asked for again.
func TestBrokenSnapshot(t *testing.T) {
	bubble(t, 20, func(w world) {
		w.x.start()
		w.settled(time.Minute)
		hellos := len(w.c.hellos)
		next := smartbox.Revision{Epoch: 7, Version: 99}
		w.say(&wire.Chunk{Revision: next, Sum: [32]byte{5}, Count: 1, Data: []byte("no snapshot")})
		pass(5 * time.Second)
		if w.x.know.Revision() != w.c.state.Revision || len(w.c.hellos) != hellos+1 || w.x.noted(StateRefused) != 1 {
			t.Errorf("in force %v, %d hellos, notes %v", w.x.know.Revision(), len(w.c.hellos)-hellos, w.x.agent.Counts().Notes)
		}
		other := clone(t, w.c.state)
		other.Box.ID, other.Revision = smartbox.MustID[smartbox.Box]("elsewhere"), next
		whole, err := wire.Marshal(other)
		if err != nil {
			t.Fatal(err)
		}
		parts, err := wire.Split(next, whole)
		if err != nil {
			t.Fatal(err)
		}
		for i := range parts {
			w.say(&parts[i])
		}
		pass(5 * time.Second)
		last := w.c.applied[len(w.c.applied)-1]
		if last.Refused != next || last.Reason != smartbox.SnapshotForeign || w.x.know.Revision() != w.c.state.Revision {
			t.Errorf("another box's snapshot was answered by %+v", last)
		}
	})
}

// TestReceipts: a person who was expunged is receipted once nothing of her is left, and not before.
func TestReceipts(t *testing.T) {
	bubble(t, 20, func(w world) {
		w.x.start()
		w.settled(time.Minute)
		who := w.c.state.Users[4].ID
		w.say(&wire.Delta{Delta: confirmation(w.c.state.Revision), Erase: []smartbox.UserID{who}})
		pass(time.Second)
		if w.c.erased[who] || w.x.noted(DiskFailed) != 1 {
			t.Error("a receipt for one who is still there")
		}
		drop := func(s *smartbox.Snapshot) {
			n, err := s.With(smartbox.Delta{Base: s.Revision, Revision: s.Revision, Drop: smartbox.Drops{Users: []smartbox.UserID{who}}})
			if err != nil {
				t.Fatal(err)
			}
			*s = *n
		}
		w.c.change(drop, who)
		w.settled(time.Second)
		pass(time.Second)
		if !w.c.erased[who] {
			t.Error("no receipt")
		}
		w.c.do(func() { w.c.erased = map[smartbox.UserID]bool{} })
		k := w.c.command(wire.Command{Type: wire.CommandExpunge, Erase: []smartbox.UserID{who}})
		pass(time.Second)
		if got := w.c.outcomes(k.ID); len(got) != 1 || got[0] != wire.Done || !w.c.erased[who] {
			t.Errorf("expunge by command: %v, receipt %t", got, w.c.erased[who])
		}
	})
}

// TestDiskFails: what the disk does not take is not in force, is told, and comes again.
func TestDiskFails(t *testing.T) {
	bubble(t, 20, func(w world) {
		w.x.start()
		w.settled(time.Minute)
		broken := errors.New("disk full")
		w.x.know.fail = func(string) error { return broken }
		w.c.change(suspend(2))
		pass(5 * time.Second)
		last := w.c.applied[len(w.c.applied)-1]
		if last.Reason != smartbox.RecordFailed || w.x.noted(DiskFailed) == 0 {
			t.Errorf("told: %+v, notes %v", last, w.x.agent.Counts().Notes)
		}
		w.x.know.fail = nil
		w.settled(20 * time.Minute)
	})
}
