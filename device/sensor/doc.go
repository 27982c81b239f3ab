// Package sensor reads door contacts, key sensors and bolt sensors that hang on the inputs of MCP23017 expanders.
//
// A Source reports each of them at the start and then at each change, debounced, and reports the chips
// that fail and come back. It listens to the chips' interrupt line, and reads them now and then all the
// same, because an edge can be lost.
package sensor
