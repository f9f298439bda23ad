"""Public API v2 as the local CRM serves it, a handler module per resource."""
