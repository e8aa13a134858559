"""The dead letters: found, shown, and sent back to their topics once what was wrong is mended."""
