// Package fleet is the cloud's end of the line to its boxes: it tells each box the state that it has to have, takes its
// events into the books exactly once, sends it commands, and knows whether it is there.
//
// It stands on a Broker, embedded or any other that speaks MQTT 3.1.1. A broker is believed to deliver, most of the
// time, and nothing else: what a box has is what the box said it has, and an event is taken in once the directory has
// committed it.
package fleet
