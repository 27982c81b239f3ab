// Package light drives the lamps beside the slots: one output each, be it a GPIO line or an expander's pin.
//
// A periph gpio.PinOut is a Pin as it stands. Nothing reads a lamp back: on Linux, asking an output for
// its level turns it into an input.
package light
