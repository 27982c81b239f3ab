package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"smartbox"
	"smartbox/cloud/directory"
)

// BoxState is what is known of a box's running.
type BoxState struct {
	Online      bool              `json:"online"`
	Seen        Time              `json:"seen_at,omitempty"`
	Firmware    string            `json:"firmware,omitempty"`
	Desired     Revision          `json:"desired" doc:"What the box should know."`
	Applied     Revision          `json:"applied" doc:"What it has in force."`
	AppliedAt   Time              `json:"applied_at,omitempty"`
	UpToDate    bool              `json:"up_to_date" doc:"What it has in force is what it should know."`
	Certificate *Certificate      `json:"certificate,omitempty" doc:"Not there before it enrolled."`
	Missing     []smartbox.UserID `json:"erasure_receipts_missing" nullable:"false" doc:"Members that the box has still to confirm that it forgot."`
}

// Certificate is how a box proves who it is.
type Certificate struct {
	Serial  string `json:"serial"`
	Issued  Time   `json:"issued_at,omitempty"`
	Expires Time   `json:"expires_at,omitempty"`
	Revoked Time   `json:"revoked_at,omitempty"`
}

func boxStateView(b *directory.BoxState) BoxState {
	out := BoxState{
		Online: b.Online, Seen: Time(b.SeenAt), Firmware: b.Firmware,
		Desired: Revision{b.Epoch, b.Version}, Applied: Revision{b.AppliedEpoch, b.AppliedVersion}, AppliedAt: Time(b.AppliedAt),
		UpToDate: b.AppliedEpoch == b.Epoch && b.AppliedVersion == b.Version, Missing: []smartbox.UserID{},
	}
	if id := b.Identity; id.Serial != "" {
		out.Certificate = &Certificate{id.Serial, Time(id.Issued), Time(id.Expires), Time(id.Revoked)}
	}
	return out
}

type revokeIn struct {
	ThingPath
	Body struct {
		Reason string `json:"reason" minLength:"3" maxLength:"200" doc:"Why. It stands in the audit: no names."`
	}
}

type fileOut struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s *server) boxState() {
	handle(s, route{
		method: http.MethodGet, path: "/v1/boxes/{id}/state", id: "get-box-state", summary: "How a box is", tag: "Boxes", scope: BoxesRead,
	}, func(ctx context.Context, a directory.Actor, in *ThingPath) (*struct{ Body BoxState }, error) {
		id, err := idOf[smartbox.Box](in.ID)
		if err != nil {
			return nil, err
		}
		b, err := s.dir.BoxState(ctx, a, id)
		if err != nil {
			return nil, err
		}
		out := &struct{ Body BoxState }{boxStateView(&b)}
		d, err := s.dir.DeltaFor(ctx, id, b.Epoch, b.Version) // a box that has it all is still told whom to forget
		if err != nil && !errors.Is(err, directory.ErrNeedsSnapshot) {
			return nil, err
		}
		out.Body.Missing = append(out.Body.Missing, d.Erase...)
		return out, nil
	})
	handle(s, route{
		method: http.MethodPost, path: "/v1/boxes/{id}/revoke", id: "revoke-box", summary: "Revoke a box's certificate", tag: "Boxes",
		scope: BoxesWrite, status: http.StatusNoContent, text: "It can enrol again with a new claim and a new key.",
	}, func(ctx context.Context, a directory.Actor, in *revokeIn) (*empty, error) {
		id, err := idOf[smartbox.Box](in.ID)
		if err != nil {
			return nil, err
		}
		return nil, s.dir.Revoke(ctx, a, id, in.Body.Reason)
	})
	handle(s, route{
		method: http.MethodGet, path: "/v1/boxes/{id}/snapshot", id: "get-snapshot", tag: "Boxes", scope: BoxesWrite,
		summary: "All that a box needs, as a signed file for a USB stick",
		text:    "It holds names and the digests of credentials: keep it as a secret.",
		answer: &huma.Response{Description: "The file", Content: map[string]*huma.MediaType{
			"application/vnd.smartbox.snapshot": {},
		}},
	}, s.snapshot)
}

func (s *server) snapshot(ctx context.Context, a directory.Actor, in *ThingPath) (*fileOut, error) {
	if s.SignSnapshot == nil {
		return nil, unavailable("a key that signs snapshots")
	}
	if !a.Can(directory.ManageBoxes) {
		return nil, &directory.ForbiddenError{Need: "the capability " + string(directory.ManageBoxes)}
	}
	id, err := s.box(ctx, a, in.ID)
	if err != nil {
		return nil, err
	}
	snap, err := s.dir.SnapshotFor(ctx, id)
	if err != nil {
		return nil, err
	}
	b, err := s.SignSnapshot(snap.Snapshot)
	if err != nil {
		return nil, err
	}
	return &fileOut{
		ContentType: "application/vnd.smartbox.snapshot",
		Disposition: fmt.Sprintf(`attachment; filename="%s-%d.sbx"`, id, snap.Revision.Version), Body: b,
	}, nil
}
