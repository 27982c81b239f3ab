package api

import (
	"smartbox/cloud/directory"
)

// Page is a stretch of a list.
type Page[V any] struct {
	Items []V    `json:"items" nullable:"false" doc:"In the order of the list."`
	Next  string `json:"next,omitempty" doc:"The cursor of the next page; not there on the last."`
}

// PageQuery is what every list takes.
type PageQuery struct {
	Cursor string `query:"cursor" maxLength:"1000" doc:"next of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most."`
}

func (p *PageQuery) base() directory.List { return directory.List{After: p.Cursor, Limit: p.Limit} }

// SearchQuery is what lists of named things take.
type SearchQuery struct {
	PageQuery
	Search string `query:"search" maxLength:"100" doc:"Part of the name, in any case."`
}

func (p *SearchQuery) base() directory.List {
	l := p.PageQuery.base()
	l.Search = p.Search
	return l
}

// lister reads a list's query.
type lister interface {
	list() (directory.List, error)
}

type namedList struct{ SearchQuery }

func (l *namedList) list() (directory.List, error) { return l.base(), nil } //nolint:unparam // others have filters that can be wrong

// pageOut is a page over HTTP.
type pageOut[V any] struct {
	Body Page[V]
}

func pageOf[T, V any](p directory.Page[T], view func(*T) V) *pageOut[V] {
	out := &pageOut[V]{Body: Page[V]{Items: make([]V, len(p.Things)), Next: p.Next}}
	for i := range p.Things {
		out.Body.Items[i] = view(&p.Things[i])
	}
	return out
}

// filter adds the condition that a field has the id, where there is one.
func filter[T any](l *directory.List, f directory.Field, name, id string) error {
	v, err := queryID[T](name, id)
	if err == nil && v != 0 {
		l.Where = append(l.Where, directory.Eq(f, v))
	}
	return err
}
