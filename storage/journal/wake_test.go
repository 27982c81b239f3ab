package journal

import "testing"

func TestWake(t *testing.T) {
	j, err := Open(t.TempDir(), testOptions(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	closed := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	one := j.Wake(1)
	if closed(one) {
		t.Fatal("there is no event yet")
	}
	fill(t, j, 1)
	if !closed(one) || !closed(j.Wake(1)) || closed(j.Wake(2)) {
		t.Errorf("after event 1: its channel %t, asked again %t, that of event 2 %t", closed(one), closed(j.Wake(1)), closed(j.Wake(2)))
	}
	two := j.Wake(2)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if !closed(two) || !closed(j.Wake(9)) {
		t.Error("closing the journal wakes nobody")
	}
}
