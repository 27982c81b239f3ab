package chips

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// TestPN532Dialogue is the exchange of UM0701-02 over the UART, byte by byte, without any driver.
func TestPN532Dialogue(t *testing.T) {
	p := NewPN532()
	s := p.Serial()
	ask := func(w []byte, want ...byte) {
		t.Helper()
		if _, err := s.Write(w); err != nil {
			t.Fatal(err)
		}
		p.mu.Lock()
		got := bytes.Clone(p.stream)
		p.stream = nil
		p.mu.Unlock()
		if !bytes.Equal(got, want) {
			t.Errorf("% x gives % x, want % x", w, got, want)
		}
	}
	ack := []byte{0, 0, 0xFF, 0, 0xFF, 0}
	after := func(b ...byte) []byte { return append(bytes.Clone(ack), b...) }
	firmware := []byte{0, 0, 0xFF, 0x02, 0xFE, 0xD4, 0x02, 0x2A, 0}
	version := []byte{0, 0, 0xFF, 0x06, 0xFA, 0xD5, 0x03, 0x32, 0x01, 0x06, 0x07, 0xE8, 0}
	list := []byte{0, 0, 0xFF, 0x04, 0xFC, 0xD4, 0x4A, 0x01, 0x00, 0xE1, 0}
	syntax := []byte{0, 0, 0xFF, 0x01, 0xFF, 0x7F, 0x81, 0}

	ask(firmware) // asleep
	ask([]byte{0x55, 0x55, 0, 0, 0})
	ask(firmware, after(version...)...)
	ask([]byte{0, 0, 0xFF, 0xFF, 0, 0}, version...) // NACK: once more
	ask(list, after(syntax...)...)                  // low battery mode
	ask([]byte{0, 0, 0xFF, 0x05, 0xFB, 0xD4, 0x14, 1, 0, 0, 0x17, 0}, after(0, 0, 0xFF, 0x02, 0xFE, 0xD5, 0x15, 0x16, 0)...)
	ask(list, ack...) // looks for a card without end
	p.Put([]byte{0xDE, 0xAD, 0xBE, 0xEF})
	ask(nil, 0, 0, 0xFF, 0x0C, 0xF4, 0xD5, 0x4B, 1, 1, 0, 4, 8, 4, 0xDE, 0xAD, 0xBE, 0xEF, 0x96, 0)
	p.Take([]byte{0xDE, 0xAD, 0xBE, 0xEF})
	ask(list, ack...)
	ask(ack) // the host gives up
	p.Put([]byte{0xDE, 0xAD, 0xBE, 0xEF})
	ask(nil) // and hears nothing of the card
	ask([]byte{0, 0, 0xFF, 0x02, 0xFE, 0xD4, 0x02, 0x2B, 0})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("Read after Close: %v", err)
	}
}
