"""Programs as people write them, by category; `runner` says how to add some."""
