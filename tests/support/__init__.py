"""What tests share: drivers, fakes, strategies. Nothing here is a test of crmdeck itself."""
