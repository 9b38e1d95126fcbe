"""What an exception arose from."""


def chain_of(error: BaseException) -> list[BaseException]:
    """An exception and what it arose from, the first cause last."""
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and not any(following is known for known in chain):
        chain.append(following)
        following = following.__cause__ or following.__context__
    return chain
