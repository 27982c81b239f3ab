// Package agent is the box's end of the line to the cloud: it brings the state that the cloud wants into force, takes
// commands once, and keeps sending events until the cloud, not the broker, says that it has them. See DESIGN.md.
//
// It knows no storage and no device: what it needs of them it declares in interfaces, and the daemon hands it in.
package agent
