package journal

const (
	sector          = 512
	minSegmentBytes = 16 * sector
	headerBytes     = 96
	recordBytes     = 56
	maxRecord       = 8 * sector
)

// MaxPayload is how long an encoded event can be, in bytes.
const MaxPayload = maxRecord - recordBytes

func roundUp(n int64) int64 { return (n + sector - 1) / sector * sector }
