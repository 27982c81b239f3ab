// Package enrol is how a box becomes known to its cloud: the claim code that lets it, the two HTTPS requests that it
// makes, and what it keeps afterwards. Both ends use the messages; the box's end is Client, Store and KeyStore.
//
// The box makes its own key and never shows it. It sends a certificate request, signed with that key, together with a
// claim code, over TLS to a cloud whose root certificate it checked against the fingerprint that came with the code.
// It gets a certificate, the cloud's root, the broker's address, the keys that sign what the cloud says, and the key
// under which its credentials are digested.
package enrol
