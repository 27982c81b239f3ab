// Package together tries box and cloud as one: the real daemon on the simulated cabinet, the real cloud with its broker
// and database, and between them a line that can be cut. All of it stands in tests.
package together
