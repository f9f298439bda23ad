"""The screens, as a person uses them."""
