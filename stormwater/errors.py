"""Errors that are meant to be read by the person who ran a command."""


class UserError(Exception):
    """Something a person can put right, said in one sentence: what is wrong and what to do about it."""
