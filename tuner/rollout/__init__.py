"""Rolling a recommendation out on AWS: a version, a weighted alias, a watch over both, and the way back."""
