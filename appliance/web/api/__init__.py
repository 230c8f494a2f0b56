"""The API under ``/api/v1``: a module for each of its parts, and the document that describes them."""
