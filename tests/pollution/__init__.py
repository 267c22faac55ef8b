"""Pollute a clean dump in many ways and hold what comes out against what was clean."""
