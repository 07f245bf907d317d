"""Names and faces in and out, in other tools' formats."""
