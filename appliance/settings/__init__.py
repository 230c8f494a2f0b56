"""What an administrator sets: typed models, loading, saving, secrets."""
