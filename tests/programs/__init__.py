"""Random programs, and the check of a compiled derivative against the references."""
