"""One module per sub-command; never Textual."""
