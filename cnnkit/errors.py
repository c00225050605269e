"""The one exception a command line user meets."""


class CourseError(Exception):
    """Something the user can put right; the message is one sentence that says what and how."""
