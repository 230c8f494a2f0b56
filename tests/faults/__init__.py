"""What becomes of the words when something goes wrong: `python -m tests.faults` plays it and prints a table."""
