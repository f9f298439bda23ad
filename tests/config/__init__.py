"""Tests of app.config."""
