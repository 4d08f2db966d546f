"""What composes all apps: the API's addresses, its health, and figures of more than one app."""
