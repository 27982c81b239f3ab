// Package host opens the real hardware that a profile names: lines by the GPIO character device, I2C buses and serial
// ports by their device files. It looks for what the profile needs and for nothing else, for on a healthy board other
// drivers may well have failed to start.
package host
