"""Forms made from JSON Schemas, and the way back from what was typed to JSON."""
