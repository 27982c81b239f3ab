package directory

import "context"

func auditKind() *kind[AuditEntry] {
	return &kind[AuditEntry]{name: kindAudit, set: Tx.Audit, head: auditHead, see: SeeAll, order: FieldAt}
}

func alarmKind() *kind[Alarm] {
	return &kind[Alarm]{name: kindAlarm, set: Tx.Alarms, head: alarmHead, see: SeeAll, order: FieldAt}
}

func commandKind() *kind[Command] {
	return &kind[Command]{name: kindCommand, set: Tx.Commands, head: commandHead, see: SeeAll, order: FieldCounter}
}

func credentialKind() *kind[Credential] {
	return &kind[Credential]{name: kindCredential, set: Tx.Credentials, head: credentialHead, see: SeeMembers, order: FieldNumber}
}

func tokenKind() *kind[Token] {
	return &kind[Token]{
		name: kindToken, set: Tx.Tokens, head: tokenHead, see: ManageTokens, manage: ManageTokens, order: FieldName, noCreate: true,
		check: func(_ context.Context, c *change, old, now *Token) error {
			if old != nil { // a secret, and what it stands for, are not changed
				now.Digest, now.Member, now.LastUsed = old.Digest, old.Member, old.LastUsed
			}
			return c.checkToken(now)
		},
	}
}
