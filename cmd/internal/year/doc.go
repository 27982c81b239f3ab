// Package year lives through a box's year in its tests: random people, faults and power cuts, in fake time, on
// the real state machine and the real journal. What a camera in the cabinet would see is kept beside what
// the box believes, and compared every night.
package year
