package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// webMetrics count requests by route and status: never by who asked, or for what.
type webMetrics struct {
	took *prometheus.HistogramVec
}

func newWebMetrics(r prometheus.Registerer) *webMetrics {
	m := &webMetrics{prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "smartbox_cloud_request_seconds", Help: "Requests, by method and status.",
		Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
	}, []string{"method", "status"})}
	r.MustRegister(m.took)
	return m
}

// count wraps a handler.
func (m *webMetrics) count(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		noted := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(noted, r)
		m.took.WithLabelValues(method(r.Method), strconv.Itoa(noted.status)).Observe(time.Since(began).Seconds())
	})
}

// method keeps what somebody makes up from becoming a label.
func method(s string) string {
	switch s {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead, http.MethodOptions:
		return s
	default:
		return "other"
	}
}

// statusWriter notes the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status and passes it on.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
