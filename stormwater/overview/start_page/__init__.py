"""The start page of the console: what needs a person, and what is new, from kept numbers alone."""
