"""Tests of app.clients."""
