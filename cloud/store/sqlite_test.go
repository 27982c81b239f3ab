package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"smartbox/cloud/store"
	"smartbox/cloud/store/storetest"
)

// sqlite opens a file of the test's own.
func sqlite(dir string) storetest.Open {
	return func(t testing.TB, fresh bool) *store.Store {
		t.Helper()
		path := filepath.Join(dir, t.Name()+".db")
		if fresh {
			for _, end := range []string{"", "-wal", "-shm"} {
				if err := os.Remove(path + end); err != nil && !os.IsNotExist(err) {
					t.Fatal(err)
				}
			}
		}
		return openURL(t, "sqlite:"+path)
	}
}

func TestSQLite(t *testing.T) { storetest.Run(t, sqlite(t.TempDir())) }
