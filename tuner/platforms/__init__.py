"""Where functions run: one file or folder a provider; nothing outside knows which."""
