"""Speed and size of crmdeck, as ratios to baselines measured in the same run; not run by pytest."""
