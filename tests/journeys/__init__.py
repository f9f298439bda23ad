"""The program as a person meets it: started on a terminal of its own and used by keys alone."""
