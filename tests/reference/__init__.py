"""Derivatives computed without transad: what the compiler is measured against."""
