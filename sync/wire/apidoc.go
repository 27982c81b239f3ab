package wire

import _ "embed" // the two documents below

//go:embed asyncapi.yaml
var asyncAPI string

//go:embed messages.cddl
var cddl string

// AsyncAPI is the description of the protocol in AsyncAPI 3.1: topics, messages, fields, rules. It is written out of the
// types of this package and cannot differ from them.
func AsyncAPI() string { return asyncAPI }

// CDDL is the grammar of every message in CDDL (RFC 8610), written out of the types of this package.
func CDDL() string { return cddl }
