// Package api is the cloud's REST API: JSON over HTTP for programs and for the dashboard, described by the OpenAPI 3.1
// document that it serves and that stands beside it as openapi.yaml.
//
// Who asks is known by a token; what she may do is for cloud/directory to say. The package adds what HTTP wants: shapes,
// paging, preconditions, idempotency, problems (RFC 9457), limits and live events.
package api
