//go:build !linux

package host

import (
	"runtime"

	"smartbox/board"
	"smartbox/board/build"
)

func open(*board.Profile) (build.Hardware, error) {
	return nil, &MissingError{
		What: "the hardware of a cabinet", Mend: "this is " + runtime.GOOS + "; run the daemon on Linux, or the simulator here",
	}
}
