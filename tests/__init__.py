"""Tests of crmdeck, by room; `support` holds what they share, `bench` measures speed by hand."""
