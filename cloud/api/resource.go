package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"smartbox"
	"smartbox/cloud/directory"
)

// Head is what every thing has besides its fields.
type Head struct {
	Version   int64 `json:"version" doc:"Counts its changes; its ETag."`
	CreatedAt Time  `json:"created_at"`
	UpdatedAt Time  `json:"updated_at"`
}

func headOf(m directory.Meta) Head { return Head{m.Version, Time(m.Created), Time(m.Updated)} }

// resource is a kind of thing that is created, read, listed, changed and deleted alike: T is the directory's, F what a
// caller may write, V what she reads.
type resource[T any, I ~uint64, F, V any] struct {
	one, many string // "slot", "slots"
	tag       string
	text      string // about the kind
	read      Scope
	write     Scope
	things    directory.Things[T, I]
	meta      func(*T) *directory.Meta
	id        func(*T) *I
	fields    func(*T) F
	apply     func(*F, *T) error // writes F's fields, but the id
	view      func(*T) V
	fixed     bool // it is not changed, only created and deleted
}

type thingOut[V any] struct {
	ETag     string `header:"ETag" doc:"For If-Match."`
	Location string `header:"Location"`
	Body     V
}

type deleteIn struct {
	ThingPath
	IfMatch string `header:"If-Match" doc:"The ETag that was read; else the deletion holds for any version."`
}

type empty struct{}

// things registers the routes of a resource; L reads the list's query.
func things[L any, PL interface {
	*L
	lister
}, T any, I ~uint64, F, V any](s *server, k resource[T, I, F, V]) {
	reads[L, PL](s, k)
	k.creates(s, "/v1/"+k.many)
	k.deletes(s, "/v1/"+k.many+"/{id}")
	if !k.fixed {
		k.patches(s, "/v1/"+k.many+"/{id}")
	}
}

// reads registers the routes that change nothing.
func reads[L any, PL interface {
	*L
	lister
}, T any, I ~uint64, F, V any](s *server, k resource[T, I, F, V]) {
	path := "/v1/" + k.many
	handle(s, route{
		method: http.MethodGet, path: path, id: "list-" + k.many, summary: "List " + k.many, text: k.text, tag: k.tag, scope: k.read,
	}, func(ctx context.Context, a directory.Actor, in *L) (*pageOut[V], error) {
		l, err := PL(in).list()
		if err != nil {
			return nil, err
		}
		p, err := k.things.List(ctx, a, l)
		if err != nil {
			return nil, err
		}
		return pageOf(p, k.view), nil
	})
	handle(s, route{
		method: http.MethodGet, path: path + "/{id}", id: "get-" + k.one, summary: "Read a " + k.one, tag: k.tag, scope: k.read,
	}, func(ctx context.Context, a directory.Actor, in *ThingPath) (*thingOut[V], error) {
		id, err := idOf[any](in.ID)
		if err != nil {
			return nil, err
		}
		t, err := k.things.Get(ctx, a, I(id))
		return k.out(&t), err
	})
}

func (k resource[T, I, F, V]) deletes(s *server, path string) {
	handle(s, route{
		method: http.MethodDelete, path: path, id: "delete-" + k.one, summary: "Delete a " + k.one, tag: k.tag, scope: k.write,
		status: http.StatusNoContent,
	}, func(ctx context.Context, a directory.Actor, in *deleteIn) (*empty, error) {
		id, err := idOf[any](in.ID)
		if err != nil {
			return nil, err
		}
		version, err := k.match(ctx, a, I(id), in.IfMatch)
		if err != nil {
			return nil, err
		}
		return nil, k.things.Delete(ctx, a, I(id), version)
	})
}

// match is the version that a change is meant for, and 0 where the caller did not say.
func (k resource[T, I, F, V]) match(ctx context.Context, a directory.Actor, id I, header string) (int64, error) {
	if header == "" {
		return 0, nil
	}
	t, err := k.things.Get(ctx, a, id)
	if err != nil {
		return 0, err
	}
	return ifMatch(header, k.meta(&t).Version)
}

type createIn[F any] struct {
	Body F
}

func (k resource[T, I, F, V]) creates(s *server, path string) {
	handle(s, route{
		method: http.MethodPost, path: path, id: "create-" + k.one, summary: "Create a " + k.one, tag: k.tag, scope: k.write,
		status: http.StatusCreated,
	}, func(ctx context.Context, a directory.Actor, in *createIn[F]) (*thingOut[V], error) {
		var t T
		if err := k.apply(&in.Body, &t); err != nil {
			return nil, err
		}
		t, err := k.things.Create(ctx, a, t)
		if err != nil {
			return nil, err
		}
		out := k.out(&t)
		out.Location = path + "/" + smartbox.ID[any](*k.id(&t)).String()
		return out, nil
	})
}

func (k resource[T, I, F, V]) out(t *T) *thingOut[V] {
	return &thingOut[V]{ETag: etag(k.meta(t).Version), Body: k.view(t)}
}

// patchIn is a change. Its body is read as it came and checked once it is merged into what stands there.
type patchIn struct {
	ThingPath
	IfMatch string `header:"If-Match" doc:"The ETag that was read: refused with 412 where somebody changed it since. Without it the change goes on top of whatever stands there."`
	RawBody []byte
}

// maxTries is how often a change without If-Match is put on top of somebody else's.
const maxTries = 5

func (k resource[T, I, F, V]) patches(s *server, path string) {
	reg := s.api.OpenAPI().Components.Schemas
	schema := reg.Schema(reflect.TypeFor[F](), true, "")
	r := route{
		method: http.MethodPatch, path: path, id: "update-" + k.one, summary: "Change a " + k.one, tag: k.tag, scope: k.write,
		text: "A merge patch (RFC 7396): fields that are not there stay, null clears one.",
	}
	handlePatch(s, r, reg, schema, func(ctx context.Context, a directory.Actor, in *patchIn) (*thingOut[V], error) {
		id, err := idOf[any](in.ID)
		if err != nil {
			return nil, err
		}
		for try := 1; ; try++ {
			t, err := k.things.Get(ctx, a, I(id))
			if err != nil {
				return nil, err
			}
			if _, err = ifMatch(in.IfMatch, k.meta(&t).Version); err != nil {
				return nil, err
			}
			f, err := merge(reg, schema, k.fields(&t), in.RawBody)
			if err != nil {
				return nil, err
			}
			if err := k.apply(f, &t); err != nil {
				return nil, err
			}
			if *k.id(&t) != I(id) {
				return nil, invalid("id", "cannot change", "leave it out")
			}
			now, err := k.things.Update(ctx, a, t)
			if errors.Is(err, directory.ErrStale) && in.IfMatch == "" && try < maxTries {
				continue
			}
			if err != nil {
				return nil, err
			}
			return k.out(&now), nil
		}
	})
}

// handlePatch registers a route whose body is a merge patch of what the schema describes.
func handlePatch[I, O any](s *server, r route, reg huma.Registry, schema *huma.Schema, fn func(context.Context, directory.Actor, *I) (*O, error)) {
	full := reg.SchemaFromRef(schema.Ref)
	partial := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Properties: map[string]*huma.Schema{}}
	for name, p := range full.Properties {
		if p.Ref == "" {
			p = new(*p)
			p.Nullable, p.Default = true, nil
		}
		partial.Properties[name] = p
	}
	media := &huma.MediaType{Schema: partial}
	r.body = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/merge-patch+json": media, "application/json": media,
	}}
	handle(s, r, fn)
	delete(r.body.Content, "application/octet-stream") // which huma adds for a body that is read as it came
}

// merge puts a patch on fields (RFC 7396) and checks the outcome against the schema of the whole.
func merge[F any](reg huma.Registry, schema *huma.Schema, old F, raw []byte) (*F, error) {
	var patch map[string]any
	if err := json.Unmarshal(raw, &patch); err != nil || patch == nil {
		if !json.Valid(raw) {
			p := newProblem(http.StatusBadRequest, sortBadRequest, "the patch cannot be read")
			p.Errors = []FieldError{{"body", "is not JSON", ""}}
			return nil, p
		}
		return nil, invalid("body", "is no object", "send the fields that are to change, in braces")
	}
	b, err := json.Marshal(old)
	if err != nil {
		return nil, err
	}
	var doc map[string]any
	if err := json.Unmarshal(b, &doc); err != nil {
		return nil, err
	}
	doc = mergePatch(doc, patch)
	var res huma.ValidateResult
	huma.Validate(reg, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, doc, &res)
	if len(res.Errors) > 0 {
		return nil, notAsDescribed(res.Errors)
	}
	if b, err = json.Marshal(doc); err != nil {
		return nil, err
	}
	f := new(F)
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(f); err != nil {
		return nil, newProblem(http.StatusUnprocessableEntity, sortInvalid, "the outcome of the patch cannot be read: a value is out of bounds")
	}
	return f, nil
}

func notAsDescribed(errs []error) *Problem {
	p := newProblem(http.StatusUnprocessableEntity, sortInvalid, "the outcome of the patch does not fit its description")
	for _, err := range errs {
		if d, ok := errors.AsType[*huma.ErrorDetail](err); ok {
			p.Errors = append(p.Errors, FieldError{Field: d.Location, Problem: d.Message})
		}
	}
	return p
}

func mergePatch(doc, patch map[string]any) map[string]any {
	out := maps.Clone(doc)
	if out == nil {
		out = map[string]any{}
	}
	for name, v := range patch {
		switch v := v.(type) {
		case nil:
			delete(out, name)
		case map[string]any:
			inner, _ := out[name].(map[string]any)
			out[name] = mergePatch(inner, v)
		default:
			out[name] = v
		}
	}
	return out
}
