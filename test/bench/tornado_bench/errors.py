"""What can stop a measurement."""


class BenchError(Exception):
    """Something is missing or broken; the sentence says what, and what to do about it."""
