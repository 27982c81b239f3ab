package board

// file is a profile as its YAML says it; Profile is what it means.
type file struct {
	Profile   string                  `yaml:"profile"`
	Title     string                  `yaml:"title"`
	GPIO      string                  `yaml:"gpio"`
	I2C       map[string]fileBus      `yaml:"i2c"`
	UART      map[string]filePort     `yaml:"uart"`
	Expanders map[string]fileExpander `yaml:"expanders"`
	Keypad    fileKeypad              `yaml:"keypad"`
	Reader    fileReader              `yaml:"reader"`
	Display   fileDisplay             `yaml:"display"`
	Locks     fileLocks               `yaml:"locks"`
	Sensors   fileSensors             `yaml:"sensors"`
	Lights    fileLights              `yaml:"lights"`
	Slots     []fileSlots             `yaml:"slots"`
	Sounder   fileSounder             `yaml:"sounder"`
	Tamper    fileInput               `yaml:"tamper"`
	Mains     fileInput               `yaml:"mains"`
	Battery   fileInput               `yaml:"battery"`
}

type fileBus struct {
	Bus   string `yaml:"bus"`
	Speed string `yaml:"speed"`
}

type filePort struct {
	Port string `yaml:"port"`
}

type fileExpander struct {
	I2C     string `yaml:"i2c"`
	Address int    `yaml:"address"`
	Int     string `yaml:"int"`
}

type fileKeypad struct {
	Type    string   `yaml:"type"`
	I2C     string   `yaml:"i2c"`
	Address int      `yaml:"address"`
	Int     string   `yaml:"int"`
	Rows    string   `yaml:"rows"`
	Columns string   `yaml:"columns"`
	Layout  []string `yaml:"layout"`
}

type fileReader struct {
	Type    string `yaml:"type"`
	UART    string `yaml:"uart"`
	I2C     string `yaml:"i2c"`
	Address int    `yaml:"address"`
	IRQ     string `yaml:"irq"`
	D0      string `yaml:"d0"`
	D1      string `yaml:"d1"`
	Bits    int    `yaml:"bits"`
	Parity  string `yaml:"parity"`
}

type fileDisplay struct {
	Type    string `yaml:"type"`
	I2C     string `yaml:"i2c"`
	Address int    `yaml:"address"`
	Columns int    `yaml:"columns"`
	Rows    int    `yaml:"rows"`
}

type fileLocks struct {
	Pulse  string `yaml:"pulse"`
	Active string `yaml:"active"`
}

type fileSensors struct {
	Debounce string `yaml:"debounce"`
	Contacts string `yaml:"contacts"`
	Keys     string `yaml:"keys"`
	Bolts    string `yaml:"bolts"`
}

type fileLights struct {
	Active string `yaml:"active"`
}

type fileSlots struct {
	Slots    string `yaml:"slots"`
	Locks    string `yaml:"locks"`
	Contacts string `yaml:"contacts"`
	Keys     string `yaml:"keys"`
	Bolts    string `yaml:"bolts"`
	Lights   string `yaml:"lights"`
}

type fileSounder struct {
	Pin    string `yaml:"pin"`
	Active string `yaml:"active"`
	Tone   bool   `yaml:"tone"`
}

type fileInput struct {
	Pin    string `yaml:"pin"`
	Active string `yaml:"active"`
}
