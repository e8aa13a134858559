"""Patterns that most titles need not be searched for."""

import re


class Hinted:
    """A pattern that is tried only where the text holds one of its hints.

    A search over a whole title takes microseconds a pattern, a look for a word a twentieth of one.
    """

    def __init__(self, pattern: str, *hints: str) -> None:
        """Compile a pattern, whatever the case of its letters.

        Args:
            pattern: Regular expression.
            hints: In small letters; what the pattern matches holds at least one of them.
        """
        self.pattern = re.compile(pattern, re.IGNORECASE)
        self.hints = hints

    def search(self, text: str) -> re.Match[str] | None:
        """The first place that matches, as re.Pattern.search says."""
        return self.pattern.search(text) if self._may_match(text) else None

    def sub(self, replacement: str, text: str) -> str:
        """The text with every match replaced, as re.Pattern.sub does it."""
        return self.pattern.sub(replacement, text) if self._may_match(text) else text

    def _may_match(self, text: str) -> bool:
        # Beyond ASCII, letters that are spelled otherwise match too, e.g. the long s.
        if not text.isascii():
            return True
        small = text.lower()
        for hint in self.hints:  # noqa: SIM110 - a generator would take as long as the search
            if hint in small:
                return True
        return False
