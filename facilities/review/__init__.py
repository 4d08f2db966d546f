"""The review console: staff pages where people decide which eSMR facilities and enrollments are one site."""
