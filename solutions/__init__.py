"""The instructor's reference: every op written whole, per chapter answers, marking schemes, teaching notes."""
