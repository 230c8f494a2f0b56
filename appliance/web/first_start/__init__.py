"""The first start: from the password to the first captions, one question after another."""
