"""What every part of the public API shares: lists by declaration, pages by key, problems, versions, caches."""
