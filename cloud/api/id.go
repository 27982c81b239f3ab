package api

import (
	"fmt"

	"smartbox"
	"smartbox/cloud/directory"
)

// ThingPath is the path of one thing. It is exported, as what else is embedded in requests, for huma looks into no other.
type ThingPath struct {
	ID string `path:"id" doc:"Its id." example:"van-3" maxLength:"64"`
}

// idOf reads an id of a path. What is no id is the id of nothing.
func idOf[T any](s string) (smartbox.ID[T], error) {
	id, err := smartbox.ParseID[T](s)
	if err != nil || id == 0 {
		return 0, fmt.Errorf("%w: it has no id", directory.ErrNotFound)
	}
	return id, nil
}

// queryID reads an id of a query, where "" is none.
func queryID[T any](name, s string) (smartbox.ID[T], error) {
	id, err := smartbox.ParseID[T](s)
	if err != nil {
		return 0, invalid("query."+name, "is no id", "use 1 to 12 of a-z, 0-9 and '-'")
	}
	return id, nil
}
