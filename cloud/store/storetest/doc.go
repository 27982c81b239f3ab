// Package storetest holds every engine of cloud/store to the same behaviour: it runs the directory on it, as the cloud
// does, and compares what boxes are told with what they must have.
package storetest
