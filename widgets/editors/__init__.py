"""One module per way to edit a value."""
