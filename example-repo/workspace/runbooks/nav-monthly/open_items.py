"""What is still to be paid or received, by the reference a bank line will carry."""


class Unmatched(Exception):
    """A bank line that cannot be posted; the text says why in the accountant's words."""


class OpenItems:
    """Open items by reference; money in is positive, as on the bank statement."""

    def __init__(self):
        self.items = {}

    def add(self, reference: str, account: str, amount) -> None:
        if reference in self.items:
            raise Unmatched(f"{reference} stands twice in the documents")
        self.items[reference] = (account, amount)

    def take(self, reference: str, amount) -> str:
        """Settle an item in full and name its account."""
        if reference not in self.items:
            raise Unmatched(f"nothing is open under {reference}")
        account, expected = self.items[reference]
        if amount != expected:
            raise Unmatched(f"{reference} is open at {expected}")
        del self.items[reference]
        return account
