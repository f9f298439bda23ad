"""Use cases as plain async classes over ports; no widget, no HTTP."""
