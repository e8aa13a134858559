import doctest

from udfs.alerting import identity, postings, text


def test_the_examples_in_the_docstrings_hold():
    for module in (text, identity, postings):
        assert doctest.testmod(module).failed == 0
