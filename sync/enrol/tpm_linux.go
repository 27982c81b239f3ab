package enrol

import (
	"fmt"

	"github.com/google/go-tpm/tpm2/transport/linuxtpm"
)

// OpenTPM opens the TPM through the kernel's resource manager (/dev/tpmrm0), so that other programs may use it too. The
// error wraps ErrNoTPM.
func OpenTPM(path string) (*TPMKeys, error) {
	tpm, err := linuxtpm.Open("/dev/tpmrm0")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoTPM, err)
	}
	return NewTPMKeys(tpm, path), nil
}
