"""All SQL of the local CRM."""
