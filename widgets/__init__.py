"""One module per widget: domain values in, messages out; no I/O."""
