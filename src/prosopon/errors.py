"""The errors that Prosopon raises on purpose.

A message says which file or value is wrong, what was expected, and what to do. The command line
prints it without a traceback and leaves with `exit_code`.
"""


class ProsoponError(Exception):
    """Something that the user can act on went wrong."""

    exit_code = 1


class UsageError(ProsoponError):
    """A parameter has a value that can't be used."""

    exit_code = 2


class NotAllowed(ProsoponError):
    """Whoever asks has not the right to."""

    exit_code = 3


class FacesGone(UsageError):
    """Faces that were chosen are not there any more, or somebody has settled them since."""


class PersonGone(UsageError):
    """There is no such person, perhaps not any more."""


class Namesakes(UsageError):
    """A name is that of several persons."""


class StepGone(UsageError):
    """The log has no such step."""


class Busy(ProsoponError):
    """Another run is writing to the collection."""


class MissingExtra(ProsoponError):
    """An optional package is needed and not installed."""


class NothingIndexed(ProsoponError):
    """The collection has no photographs yet."""


class NotHere(ProsoponError):
    """Asked for what is not in the collection, or may not be shown."""
