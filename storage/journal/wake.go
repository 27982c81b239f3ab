package journal

// Wake gives a channel that closes once event seq is on record, or the journal is closed; it is closed already where
// that is so. One who reads in batches waits on it between them.
func (j *Journal) Wake(seq uint64) <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed || seq < j.next {
		done := make(chan struct{})
		close(done)
		return done
	}
	if j.wake == nil {
		j.wake = make(chan struct{})
	}
	return j.wake
}
