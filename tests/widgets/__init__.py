"""The widgets, each alone."""
