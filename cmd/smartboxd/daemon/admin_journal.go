package daemon

import (
	"fmt"
	"net/http"

	"smartbox/cmd/smartboxd/adminapi"
	"smartbox/storage/journal"
	"smartbox/sync/wire"
)

// getVerify checks every byte of the journal on disk, beside the box's work.
func (d *Daemon) getVerify(*http.Request) (any, error) {
	if _, err := d.history(); err != nil {
		return nil, err
	}
	rep, err := journal.Verify(d.journalDir(), wire.Codec{})
	if err != nil {
		return nil, err
	}
	return Verified(rep), nil
}

// Verified is a report of the journal as it is shown.
func Verified(rep journal.Report) adminapi.Verified {
	v := adminapi.Verified{
		Whole: rep.OK(), Events: rep.Events, First: rep.First, Last: rep.Last, Segments: rep.Segments,
		Head: fmt.Sprintf("%x", rep.Head[:]),
	}
	for _, p := range rep.Damage {
		v.Problems = append(v.Problems, p.Error())
	}
	return v
}

// getExport streams the whole journal, one JSON object a line.
func (d *Daemon) getExport(w http.ResponseWriter, _ *http.Request) {
	j, err := d.history()
	if err != nil {
		fail(w, err)
		return
	}
	st := j.State()
	w.Header().Set("Content-Type", "application/x-ndjson")
	if err := j.Export(w, st.First, st.Next-1, journal.JSONLines); err != nil {
		d.log.Warn().Err(err).Msg("export of the journal ended early")
		panic(http.ErrAbortHandler) // so that whoever asked does not take a part for the whole
	}
}
