"""The version of this code, as dead letters and logs name it; pyproject.toml has the same."""

CODE_VERSION = "0.1.0"
