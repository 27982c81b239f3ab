package panel

import (
	"fmt"

	"smartbox"
)

// say is what happened, in the words of a person who stands beside the cabinet.
func say(e *smartbox.Event) string {
	if with := counted(e); with != "" {
		return with
	}
	if s, ok := sayings()[e.Kind]; ok {
		return s
	}
	return e.Kind.String()
}

// counted are the kinds whose count belongs into the sentence.
func counted(e *smartbox.Event) string {
	switch e.Kind { //nolint:exhaustive // the others count nothing
	case smartbox.PanelLocked:
		return fmt.Sprintf("Panel locked for %d s after wrong codes", e.Count)
	case smartbox.BatteryLow:
		return percent("Battery nearly empty", e.Count)
	case smartbox.BatteryGood:
		return percent("Battery good again", e.Count)
	case smartbox.PartDown:
		return fmt.Sprintf("Failed: %s", e.Part)
	case smartbox.PartUp:
		return fmt.Sprintf("Works again: %s", e.Part)
	case smartbox.SnapshotApplied:
		return fmt.Sprintf("New knowledge in force: revision %d", e.Revision.Version)
	case smartbox.RecordBroken:
		return fmt.Sprintf("Record broken, %d events held back", e.Count)
	}
	return ""
}

func percent(s string, n uint32) string {
	if n == 0 {
		return s
	}
	return fmt.Sprintf("%s (%d %%)", s, n)
}

func sayings() map[smartbox.EventKind]string {
	return map[smartbox.EventKind]string{
		smartbox.PickupAuthorised:   "Pickup allowed",
		smartbox.PickupTaken:        "Key taken",
		smartbox.PickupNotTaken:     "Door shut, key not taken",
		smartbox.DropoffAuthorised:  "Return allowed",
		smartbox.DropoffReturned:    "Key returned",
		smartbox.DropoffNotReturned: "Door shut, key not returned",
		smartbox.HandedOver:         "Key handed over",
		smartbox.AccessRefused:      "Refused",
		smartbox.AccessUnknown:      "Unknown code or badge",
		smartbox.DuressRaised:       "Code typed under duress (silent alarm)",
		smartbox.BadgeActivated:     "Badge activated",
		smartbox.BackupUsed:         "Backup code used",
		smartbox.UserDenied:         "Denied after too many wrong PINs",
		smartbox.DoorLeftOpen:       "Door left open",
		smartbox.DoorShut:           "Door shut",
		smartbox.DoorForced:         "Door forced open",
		smartbox.LockJammed:         "Lock jammed",
		smartbox.LockFreed:          "Lock free again",
		smartbox.KeyMissing:         "Key missing",
		smartbox.KeyUnexpected:      "Something hangs where nothing should",
		smartbox.KeyWrong:           "Wrong key",
		smartbox.DiscrepancyFound:   "Records and sensors disagree",
		smartbox.DiscrepancySolved:  "Records and sensors agree again",
		smartbox.KeyOverdue:         "Key overdue",
		smartbox.TamperOpened:       "Cabinet opened",
		smartbox.TamperClosed:       "Cabinet closed",
		smartbox.MainsLost:          "Mains lost",
		smartbox.MainsBack:          "Mains back",
		smartbox.MaintenanceBegun:   "Maintenance begun",
		smartbox.MaintenanceEnded:   "Maintenance ended",
		smartbox.SlotAuthorised:     "Slot to be opened",
		smartbox.SlotOpened:         "Slot opened",
		smartbox.SlotClosed:         "Slot shut",
		smartbox.ReleaseBegun:       "Emergency release begun",
		smartbox.ReleaseSlot:        "Emergency release of a slot",
		smartbox.ReleaseEnded:       "Emergency release ended",
		smartbox.SnapshotRefused:    "New knowledge refused",
		smartbox.ClockSet:           "Clock set",
		smartbox.Started:            "Box started",
		smartbox.Stopped:            "Box stopped",
		smartbox.RecordMended:       "Record works again",
		smartbox.KeyPlaced:          "Key's place set by hand",
		smartbox.UserFreed:          "Member validated again",
		smartbox.UnlockFailed:       "Lock did not move",
	}
}
