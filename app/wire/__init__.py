"""The JSON of each API and its translation to the domain; pure."""
