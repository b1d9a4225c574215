"""intake: how files come in: folders and archives walked safely, recognised by content, hashed, placed."""
