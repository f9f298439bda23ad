"""Settings: folders, profiles, keys' whereabouts."""
