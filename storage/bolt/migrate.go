package bolt

import "fmt"

// migrate brings the file to the program's version, one version a transaction.
func (d *DB) migrate(o Options) error {
	var have uint64
	err := d.View(func(tx *Tx) (err error) {
		have, err = tx.version()
		return err
	})
	switch {
	case err != nil:
		return err
	case have > o.version():
		return &NewerError{Path: d.path, Have: have, Know: o.version()}
	case have < o.version() && o.ReadOnly:
		return fmt.Errorf("it has version %d and must be brought to %d: %w", have, o.version(), ErrReadOnly)
	}
	for ; have < o.version(); have++ {
		err := d.Update(func(tx *Tx) error {
			if err := o.Migrations[have](tx); err != nil {
				return fmt.Errorf("from version %d to %d: %w", have, have+1, err)
			}
			return tx.setVersion(have + 1)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
