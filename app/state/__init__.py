"""Our own files: keys and, later, drafts and history."""
