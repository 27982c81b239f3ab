// Package build puts the drivers of a profile together into a device.Set, over whatever hardware it is given:
// board/host gives the real one, board/sim models of the chips. So what is tested is what runs.
package build
