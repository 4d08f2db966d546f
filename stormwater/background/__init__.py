"""Programs that work beside the commands: a Redis of our own for developers and tests, and how children end."""
