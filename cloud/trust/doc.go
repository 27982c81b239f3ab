// Package trust is what lets box and cloud believe each other: the cloud's certificate authority, claim codes and
// enrolment, the keys that sign what goes to a box, and the sealing of what is secret at rest.
//
// All of it stands in one directory of files that only their owner may read. Replicas of a cloud need the same
// directory; a backup of the database is worth nothing without it.
package trust
