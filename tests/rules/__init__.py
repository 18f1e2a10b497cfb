"""Every derivative rule, run as plain Python, against differences."""
