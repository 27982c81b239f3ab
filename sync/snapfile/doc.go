// Package snapfile reads the files in which people write down who may take which key: YAML for a whole box, CSV for
// rows of members. It turns them into a smartbox.Snapshot, and says with line and column what is wrong.
//
// Access codes and badge numbers stand in these files in the clear. They are digested under the box's key while a
// snapshot is built; no error and no warning holds one.
package snapfile
