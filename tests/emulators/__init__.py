"""Emulators of the speech vendors, for tests and for trying the box against; on this machine only."""
