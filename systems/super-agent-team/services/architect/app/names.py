"""Names of services: how they are written, and when two of them mean the same service."""

import re

# Words that stand before "service" without naming one.
NOT_NAMES = frozenset(
    """
    a all also an and any are as at backend be between both but by can cloud core customer-facing
    dedicated different each either every existing external first following for from has have http in
    independent individual inter into is it its key level main many micro more multiple necessary new no
    of on one or other our own per quality required rest same second self separate service several
    shared should single small some stateless such that the their these third this those three to two
    via web what when where which whole will with within
    """.split()  # noqa: SIM905
)

# Last words that say themselves what kind of service it is.
ROLES = ("service", "engine", "worker", "gateway", "scheduler", "api", "manager")

SEPARATOR = r"[\s-]+"

SAME = {"authentication": "auth", "authorization": "auth", "identity": "auth"}


def canonical_name(words: str) -> str:
    """'Order Service' is order-service, 'orders' is orders-service, 'contract-engine' stays.

    Empty when the words have no letter or digit that a host's name can have.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    slug = re.sub(r"-?(?:micro)?-?services?$", "", slug)
    is_identifier = re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)+", words) is not None
    if slug.rpartition("-")[2] in ROLES or (is_identifier and not words.endswith("-service")):
        return slug
    return f"{slug}-service" if slug else ""


def identity(name: str) -> str:
    """Equal for two names of one service: order- and orders-service, auth- and authentication-service."""
    words = [SAME.get(word, word) for word in name.removesuffix("-service").split("-")]
    return "-".join(_singular(word) for word in words)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        return word[:-1]
    return word


def mention(name: str, *, loosely: bool = False) -> re.Pattern[str]:
    """Finds a service in a sentence; loosely, also where the word "service" is left out."""
    words = [_singular(word) for word in name.removesuffix("-service").split("-")]
    stem = SEPARATOR.join(f"{word[:-1]}(?:y|ies)" if word.endswith("y") else f"{word}s?" for word in words)
    suffix = f"{SEPARATOR}(?:micro)?services?" if name.endswith("-service") and not loosely else ""
    return re.compile(rf"\b{stem}{suffix}\b", re.IGNORECASE)
