package main

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"path/filepath"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	"go.etcd.io/bbolt"
	_ "modernc.org/sqlite" // the driver

	"smartbox"
	"smartbox/storage/index/indextest"
)

// peers asks each store the same thing, from a digest at hand: whose is it, what user is that, which grants has she.
func (b *bench) peers() {
	digests := make([]smartbox.Digest, 1<<16)
	key := indextest.Key()
	for i, t := range b.texts() {
		digests[i] = key.Digest(t)
	}
	pick := func(i int) smartbox.Digest { return digests[i&(1<<16-1)] }
	var s sink
	x := b.index(b.town)
	own := perOp(func(i int) {
		c, _ := x.Credential(pick(i))
		u, _ := x.User(c.User)
		from, to := x.Grants(u.ID)
		for g := from; g < to; g++ {
			s.n += x.Grant(g).Target.Ref
		}
	})
	b.note("box-2", "index: credential, user and grants", own, "ns")
	b.note("box-2", "Go maps", b.maps(pick, &s), "ns")
	bolt := b.bbolt(pick, &s)
	b.note("box-2", "bbolt View", bolt, "ns")
	b.atLeast("box-2", "bbolt View over index", bolt/own, "ratio", 5)
	lite := b.sqlite(pick)
	b.note("box-2", "modernc SQLite, prepared join", lite, "ns")
	b.atLeast("box-2", "SQLite over index", lite/own, "ratio", 20)
	bin := b.casbin()
	b.note("box-2", "casbin RBAC Enforce", bin, "ns")
	b.atLeast("box-2", "casbin over index", bin/own, "ratio", 2000)
}

func (b *bench) maps(pick func(int) smartbox.Digest, s *sink) float64 {
	creds, users, grants := map[smartbox.Digest]*smartbox.Credential{}, map[smartbox.UserID]*smartbox.User{}, map[smartbox.UserID][]smartbox.Grant{}
	for i := range b.town.Credentials {
		creds[b.town.Credentials[i].Digest] = &b.town.Credentials[i]
	}
	for i := range b.town.Users {
		users[b.town.Users[i].ID] = &b.town.Users[i]
	}
	for _, g := range b.town.Grants {
		grants[g.User] = append(grants[g.User], g)
	}
	return perOp(func(i int) {
		u := users[creds[pick(i)].User]
		for _, g := range grants[u.ID] {
			s.n += g.Target.Ref
		}
	})
}

func be(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// bbolt holds what is asked for in fixed bytes, which is the fastest that it can be read.
func (b *bench) bbolt(pick func(int) smartbox.Digest, s *sink) float64 {
	db, err := bbolt.Open(filepath.Join(b.dir, "peer.db"), 0o600, &bbolt.Options{NoSync: true, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType})
	check(err)
	defer db.Close() //nolint:errcheck // temporary
	check(db.Update(func(tx *bbolt.Tx) error {
		c, err := tx.CreateBucket([]byte("c"))
		check(err)
		u, err := tx.CreateBucket([]byte("u"))
		check(err)
		g, err := tx.CreateBucket([]byte("g"))
		check(err)
		for i := range b.town.Credentials {
			check(c.Put(b.town.Credentials[i].Digest[:], be(uint64(b.town.Credentials[i].User))))
		}
		for _, x := range b.town.Users {
			check(u.Put(be(uint64(x.ID)), append([]byte{byte(x.Role), byte(x.Status)}, x.Name...)))
		}
		for _, x := range b.town.Grants {
			check(g.Put(append(be(uint64(x.User)), be(uint64(x.ID))...), be(x.Target.Ref)))
		}
		return nil
	}))
	return perOp(func(i int) {
		d := pick(i)
		check(db.View(func(tx *bbolt.Tx) error {
			id := tx.Bucket([]byte("c")).Get(d[:])
			s.n += uint64(tx.Bucket([]byte("u")).Get(id)[1])
			c := tx.Bucket([]byte("g")).Cursor()
			for k, v := c.Seek(id); k != nil && string(k[:8]) == string(id); k, v = c.Next() {
				s.n += binary.BigEndian.Uint64(v)
			}
			return nil
		}))
	})
}

func (b *bench) sqlite(pick func(int) smartbox.Digest) float64 {
	db, err := sql.Open("sqlite", filepath.Join(b.dir, "peer.sqlite")+"?_pragma=synchronous(off)&_pragma=journal_mode(off)&_pragma=cache_size(-65536)")
	check(err)
	defer db.Close() //nolint:errcheck // temporary
	db.SetMaxOpenConns(1)
	for _, q := range []string{
		"create table c (digest blob primary key, user integer) without rowid",
		"create table u (id integer primary key, name text, role integer, status integer)",
		"create table g (user integer, id integer, kind integer, ref integer, primary key (user, id)) without rowid",
	} {
		_, err := db.Exec(q)
		check(err)
	}
	tx, err := db.Begin()
	check(err)
	insert := func(q string, n int, args func(i int) []any) {
		st, err := tx.Prepare(q)
		check(err)
		for i := range n {
			_, err := st.Exec(args(i)...)
			check(err)
		}
	}
	t := b.town
	insert("insert into c values (?, ?)", len(t.Credentials), func(i int) []any {
		return []any{t.Credentials[i].Digest[:], int64(t.Credentials[i].User)} //nolint:gosec // bits
	})
	insert("insert into u values (?, ?, ?, ?)", len(t.Users), func(i int) []any {
		return []any{int64(t.Users[i].ID), t.Users[i].Name, t.Users[i].Role, t.Users[i].Status} //nolint:gosec // bits
	})
	insert("insert into g values (?, ?, ?, ?)", len(t.Grants), func(i int) []any {
		g := t.Grants[i]
		return []any{int64(g.User), int64(g.ID), g.Target.Kind, int64(g.Target.Ref)} //nolint:gosec // bits
	})
	check(tx.Commit())
	st, err := db.Prepare("select u.name, u.status, g.ref from c join u on u.id = c.user join g on g.user = u.id where c.digest = ?")
	check(err)
	return perOp(func(i int) {
		d := pick(i)
		rows, err := st.Query(d[:])
		check(err)
		var name string
		var status, ref int64
		n := 0
		for rows.Next() {
			check(rows.Scan(&name, &status, &ref))
			n++
		}
		check(rows.Close())
		if n == 0 {
			panic("a user of the town is not known")
		}
	})
}

// casbin has the same grants: groups and "all" as roles, a grant on one key as a policy.
func (b *bench) casbin() float64 {
	m, err := model.NewModelFromString(`
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act
`)
	check(err)
	e, err := casbin.NewEnforcer(m)
	check(err)
	var rules, roles [][]string
	for _, k := range b.town.Keys {
		rules = append(rules, []string{"all", k.ID.String(), "pickup"})
		for _, g := range k.Groups {
			rules = append(rules, []string{g.String(), k.ID.String(), "pickup"})
		}
	}
	for _, g := range b.town.Grants {
		switch user := g.User.String(); g.Target.Kind {
		case smartbox.TargetGroup:
			roles = append(roles, []string{user, smartbox.GroupID(g.Target.Ref).String()})
		case smartbox.TargetKey:
			rules = append(rules, []string{user, smartbox.KeyID(g.Target.Ref).String(), "pickup"})
		case smartbox.TargetAll, smartbox.TargetLocation:
			roles = append(roles, []string{user, "all"})
		}
	}
	_, err = e.AddPoliciesEx(rules)
	check(err)
	_, err = e.AddGroupingPoliciesEx(roles)
	check(err)
	e.EnableLog(false)
	users := make([]string, 1024)
	for i := range users {
		users[i] = indextest.UserID(i * 7919 % b.users).String()
	}
	key := b.town.Keys[len(b.town.Keys)/2].ID.String()
	return perOp(func(i int) {
		if _, err := e.Enforce(users[i%len(users)], key, "pickup"); err != nil {
			panic(fmt.Sprint(err))
		}
	})
}
