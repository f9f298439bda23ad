"""Public API v2: shapes, endpoints, translation, and its resource matrix as data."""
