package journal

// OS is the operating system's file system.
func OS() FS { return nil }
