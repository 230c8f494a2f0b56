"""Vendors: the contract, the registry, and one folder a vendor."""
