package index

import (
	"slices"

	"smartbox"
)

func (e *edit) putGrants() {
	gone := setOf(e.d.Drop.Grants)
	seen := make(set[smartbox.GrantID], len(e.d.Put.Grants))
	for i := range e.d.Put.Grants {
		id := e.d.Put.Grants[i].ID
		e.want(seen.add(id) && id != 0 && id.Valid())
		gone.add(id) // the new one stands in its place, whosever it was
	}
	e.dropGrants(gone)
	e.lasting()
	for _, g := range e.d.Put.Grants {
		if e.dropUsers.has(g.User) || e.onDropped(g.Target) {
			continue // goes with her, or with the key
		}
		e.want(e.hasUser(g.User) && e.things.hasTarget(g.Target) && e.things.hasSchedule(g.Schedule))
		e.want(g.Role >= smartbox.PermitExchange && g.Role <= smartbox.PermitManage)
		e.touched[g.User] = append(e.grantsOf(g.User), g)
		e.diff.In.Grants = append(e.diff.In.Grants, g)
	}
}

func (e *edit) onDropped(t smartbox.Target) bool {
	return t.Kind == smartbox.TargetKey && e.dropKeys.has(smartbox.KeyID(t.Ref))
}

// dropGrants takes grants away, and those on dropped keys.
func (e *edit) dropGrants(gone set[smartbox.GrantID]) {
	owners := make(set[smartbox.UserID])
	p := e.x.people
	classes, ids := newSieve(), newSieve()
	for id := range gone {
		ids.add(uint64(id))
	}
	for class := range p.grantClasses.rows {
		if e.onDropped(p.target(class)) {
			classes.add(uint64(class))
		}
	}
	for _, row := range append(p.grants.rowsWith(grantID, ids), p.grants.rowsWith(grantClass, classes)...) {
		owners.add(p.userID(p.owner(row)))
	}
	if e.x.over != nil {
		for i := range e.x.over.grants {
			if g := &e.x.over.grants[i]; gone.has(g.ID) || e.onDropped(g.Target) {
				owners.add(g.User)
			}
		}
	}
	for u := range owners { // who may have lost the grant long ago: what she has now decides
		if !e.hasUser(u) {
			continue
		}
		e.touched[u] = slices.DeleteFunc(e.grantsOf(u), func(g smartbox.Grant) bool {
			out := gone.has(g.ID) || e.onDropped(g.Target)
			if out {
				e.diff.Out.Grants = append(e.diff.Out.Grants, g)
			}
			return out
		})
	}
}

// lasting makes sure that grants which stay do not name a schedule, group or location that goes. A class without grants
// may do so, and makes the edit unsure for nothing, which is rare.
func (e *edit) lasting() {
	d := &e.d.Drop
	if len(d.Schedules)+len(d.Groups)+len(d.Locations) == 0 {
		return
	}
	p := e.x.people
	for class := range p.grantClasses.rows {
		t := p.target(class)
		e.want((e.onDropped(t) || e.things.hasTarget(t)) &&
			e.things.hasSchedule(smartbox.ScheduleID(p.grantClasses.at(class, classSchedule))))
	}
	if e.x.over == nil {
		return
	}
	for i := range e.x.over.grants {
		g := &e.x.over.grants[i]
		e.want((e.onDropped(g.Target) || e.things.hasTarget(g.Target)) && e.things.hasSchedule(g.Schedule))
	}
}

// hasTarget reports whether what a grant covers is there.
func (t *things) hasTarget(on smartbox.Target) (ok bool) {
	switch on.Kind {
	case smartbox.TargetAll:
		return on.Ref == 0
	case smartbox.TargetKey:
		_, ok = t.keys[smartbox.KeyID(on.Ref)]
	case smartbox.TargetGroup:
		_, ok = t.groups[smartbox.GroupID(on.Ref)]
	case smartbox.TargetLocation:
		_, ok = t.locations[smartbox.LocationID(on.Ref)]
	}
	return ok
}

func (t *things) hasSchedule(id smartbox.ScheduleID) bool {
	_, ok := t.schedules[id]
	return ok || id == 0
}
