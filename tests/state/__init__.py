"""Tests of app.state."""
