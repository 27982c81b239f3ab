package enrol

import (
	"os"
	"path/filepath"
)

// Enrolled reports whether there is an enrolment to Load. It opens no key store and makes no key.
func (s Store) Enrolled() bool {
	_, err := os.Stat(filepath.Join(s.Dir, enrolmentName))
	return err == nil
}
