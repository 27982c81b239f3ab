// Package demo holds the people and keys that the simulated cabinet and the demonstration cloud show. All of it is
// invented.
package demo

import (
	_ "embed"

	"smartbox/sync/snapfile"
)

//go:embed demo.yaml
var text []byte

// Name is what errors call the file.
const Name = "demo.yaml"

// Text is the file as it was written.
func Text() []byte { return append([]byte(nil), text...) }

// File is the file, read.
func File() (*snapfile.File, error) { return snapfile.ParseYAML(Name, text) }
