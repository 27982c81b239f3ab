//go:build !linux

package enrol

// OpenTPM knows TPMs on Linux only.
func OpenTPM(string) (*TPMKeys, error) { return nil, ErrNoTPM }
