"""The local CRM: an ASGI application over SQL."""
