"""The pages on which an administrator looks after the box. They work without JavaScript."""
