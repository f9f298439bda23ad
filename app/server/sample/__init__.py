"""A made-up workspace of any size: the same rows for the same size, seed and day."""
