"""Transcripts: where they are kept, and the formats they leave in."""
