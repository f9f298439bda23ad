"""The meaning: record types, values, queries, records, capabilities. Imports nothing of ours and no library."""
