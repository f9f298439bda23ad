"""The HTTP implementations of the Backend port."""
