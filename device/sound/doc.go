// Package sound drives a sounder on one GPIO line: an active buzzer that only knows on and off, or, where the
// line can do PWM, a piezo disc that is given a tone.
//
// SoundKey is one pattern for all keys, so that a listener learns nothing of a code.
package sound
