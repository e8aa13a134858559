"""What can end a deployment, each with what to do."""


class DeployError(Exception):
    """The deployment cannot go on; the message says what to do. Nothing was rolled back."""


class OperationFailedError(DeployError):
    """An operation of the service ended without success."""


class UnhealthyError(DeployError):
    """The new version did not pass its gate.

    Attributes:
        reasons: What is wrong, a sentence each.
    """

    def __init__(self, reasons: list[str]) -> None:
        """Take the reasons."""
        super().__init__("; ".join(reasons))
        self.reasons = reasons
