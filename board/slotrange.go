package board

import (
	"fmt"
	"strconv"
	"strings"

	"smartbox"
)

// maxSlots is the greatest cabinet: more than four times the largest of the reference.
const maxSlots = maxRange

// parseSlots reads "s1-s8" or "s1,s2,s5-s9": names of slots, with ranges over the number at their end.
func parseSlots(s string) ([]smartbox.SlotID, error) {
	var out []smartbox.SlotID
	for item := range strings.SplitSeq(s, ",") {
		names, err := slotNames(strings.TrimSpace(item))
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			id, err := smartbox.ParseID[smartbox.Slot](n)
			if err != nil || id == 0 {
				return nil, fmt.Errorf("%q is no slot: use a-z, 0-9 and '-', at most %d characters", n, smartbox.MaxID)
			}
			out = append(out, id)
		}
		if len(out) > maxSlots {
			return nil, fmt.Errorf("more than %d slots: split the cabinet", maxSlots)
		}
	}
	return out, nil
}

// slotNames expands one item. A '-' makes a range only where both its sides end in digits after the same letters;
// "van-3" is one slot.
func slotNames(item string) ([]string, error) {
	i := strings.LastIndexByte(item, '-')
	if i < 0 {
		return []string{item}, nil
	}
	head, from, ok1 := splitNumber(item[:i])
	tail, to, ok2 := splitNumber(item[i+1:])
	if !ok1 || !ok2 || head != tail {
		return []string{item}, nil
	}
	switch {
	case to < from:
		return nil, fmt.Errorf("%q runs backwards: write the smaller number first", item)
	case to-from >= maxSlots:
		return nil, fmt.Errorf("%q is more than %d slots: split the cabinet", item, maxSlots)
	}
	var out []string
	for n := from; n <= to; n++ {
		out = append(out, head+strconv.Itoa(n))
	}
	return out, nil
}

func splitNumber(s string) (head string, n int, ok bool) {
	head = strings.TrimRight(s, "0123456789")
	digits := s[len(head):]
	if digits == "" || len(digits) > 6 || (len(digits) > 1 && digits[0] == '0') {
		return "", 0, false
	}
	n, err := strconv.Atoi(digits)
	return head, n, err == nil
}
