"""Which services does a PRD name? Rules over the text's structure; the same text gives the same answer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from app.names import NOT_NAMES, canonical_name, identity, mention
from app.text import Block, blocks_of

# Repetitions are bounded all through: an unbounded one within another takes minutes on a hostile text.
WORD = r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+){0,4}"
PART = rf"{WORD}(?:\s+{WORD})?"
LIST = rf"{PART}(?:\s*,\s*(?:and\s+|or\s+)?{PART}){{0,20}}(?:,?\s+(?:and|or|&)\s+{PART})?"
LIST_SEPARATOR = re.compile(r"\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or|&)\s+")

# "the Order Service", "an order service", "order-service"
NAMED = re.compile(rf"\b((?:{WORD}[ \t]+){{0,3}}{WORD})[ \t-]+(?:[Mm]icro-?)?[Ss]ervice\b")
# "auth, orders and notifications services"
NAMED_TOGETHER = re.compile(
    rf"\b((?:{WORD},?\s+){{1,9}}(?:and|&)\s+{WORD})\s+(?:micro)?services\b", re.IGNORECASE
)
# "a service for payments", "services that handle orders and payments"
PURPOSE = re.compile(
    r"\b(?:micro)?services?\s+(?:is\s+|are\s+)?"
    r"(?:for|responsible\s+for|handling|managing|(?:that|which|to)\s+(?:handles?|manages?|processe?s?|sends?))\s+"
    rf"(?:the\s+)?({LIST})",
    re.IGNORECASE,
)
# "services: auth, orders and notifications"
ENUMERATED = re.compile(rf"\b(?:micro)?services\s*(?:are|:)\s*({LIST})", re.IGNORECASE)
SERVICES_TITLE = re.compile(r"\b(?:micro)?services\b|\bcomponents\b|\bmodules\b", re.IGNORECASE)
GENERIC_TITLE = re.compile(
    r"^(?:overview|introduction|summary|background|goals?|scope|requirements?|architecture"
    r"|(?:non-)?functional .*|security|performance|deployment|testing|glossary|appendix.*|milestones?"
    r"|timeline|communication|notes?)$",
    re.IGNORECASE,
)

# Asked only when a text names fewer than two services by itself: what users do, and whose work that is.
DOMAINS = {
    "auth-service": r"log(?:s|ged)?[ -]?in|sign(?:s|ed)?[ -]?(?:in|up)|passwords?|authenticat\w+|accounts?",
    "users-service": r"user profiles?|profiles?|user management|manage users",
    "catalog-service": r"products?|catalog(?:ue)?s?",
    "inventory-service": r"inventory|stock(?: levels?)?|warehouses?",
    "orders-service": r"orders?|checkout|shopping carts?|basket",
    "payments-service": r"payments?|pay|invoices?|billing|refunds?",
    "shipping-service": r"shipping|shipments?|deliver(?:y|ies)|courier",
    "notifications-service": r"notif(?:y|ies|ied|ications?)|e-?mails?|sms|push messages?|reminders?",
    "search-service": r"search(?:es|ed|able|ing)?",
    "reporting-service": r"reports?|reporting|analytics|dashboards?|statistics",
    "messaging-service": r"chats?|direct messages?|conversations?",
    "files-service": r"uploads?|attachments?|file storage",
    "booking-service": r"bookings?|reservations?|appointments?",
    "tasks-service": r"tasks?|to-?dos?|to-do lists?",
}

DEPENDS_ON = re.compile(
    r"\b(?:depend(?:s|ing)?\s+(?:up)?on|rel(?:y|ies)\s+on|dependenc(?:y|ies)\b\s*:?)", re.IGNORECASE
)
CALLS = re.compile(
    r"\b(?:uses?|using|calls?|calling|requires?|needs?|quer(?:y|ies)|consults?|asks?|talks?\s+to|reads?\s+from"
    r"|fetch(?:es)?|sends?|publish(?:es)?|tells?|notif(?:y|ies)|verif(?:y|ies)|validates?|checks?|from|through|via)\b",
    re.IGNORECASE,
)

DESCRIPTION_LENGTH = 300
LEAD_WORDS = 4


@dataclass
class Service:
    name: str
    description: str = ""
    dependencies: list[str] = field(default_factory=list)
    capabilities: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "description": self.description,
            "dependencies": self.dependencies,
            "capabilities": self.capabilities,
        }


def services_of(text: str) -> list[Service]:
    blocks = blocks_of(text)
    services = [Service(name) for name in _distinct(_names(blocks))]
    if len(services) < 2:
        services = [Service(name) for name in _distinct([*(one.name for one in services), *_domains(text)])]
    for service in services:
        section = _section(service, blocks)
        service.description = _description(service, section, blocks)
        service.capabilities = _capabilities(section)
        service.dependencies = _dependencies(service, section, blocks, services)
    return services


def _distinct(names: Iterator[str] | list[str]) -> list[str]:
    """The first spelling of each."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(identity(name), name)
    return [name for name in first.values() if name]


def _names(blocks: list[Block]) -> Iterator[str]:
    below_services: int | None = None  # the level of the heading that announces the services
    for block in blocks:
        if block.kind == "heading":
            if below_services is not None and block.level <= below_services:
                below_services = None
            if below_services is not None:
                yield from _lead_name(block)
                continue
            if SERVICES_TITLE.search(block.text):
                below_services = block.level
            elif block.lead.lower().endswith(("engine", "worker")):
                yield from _lead_name(block)
        elif block.kind == "item" and block.level == below_services:
            yield from _lead_name(block)
        yield from (name for _start, name in sorted(_names_in(block.text), key=itemgetter(0)))


def _lead_name(block: Block) -> Iterator[str]:
    words = block.lead.split()
    while words and words[0].lower() in NOT_NAMES:
        words.pop(0)
    if 0 < len(words) <= LEAD_WORDS and not GENERIC_TITLE.match(" ".join(words)):
        yield canonical_name(" ".join(words))


def _names_in(text: str) -> Iterator[tuple[int, str]]:
    for match in NAMED.finditer(text):
        words = _name_before_service(match[1].split())
        if words:
            yield match.start(), canonical_name(f"{words} service")
    for pattern in (NAMED_TOGETHER, ENUMERATED, PURPOSE):
        for match in pattern.finditer(text):
            for part in LIST_SEPARATOR.split(match[1]):
                words = _name_in_list(part)
                if words:
                    yield match.start(), canonical_name(words)


def _name_before_service(words: list[str]) -> str:
    """Of the words before "service": the capitalised ones that stand together, or the last one."""
    name: list[str] = []
    for word in reversed(words):
        if word.lower() in NOT_NAMES or (name and not word[0].isupper()):
            break
        name.insert(0, word)
        if not word[0].isupper():
            break
    return " ".join(name)


def _name_in_list(part: str) -> str:
    """'the user accounts' names user accounts; 'payments with cards' names payments."""
    name: list[str] = []
    for word in part.split():
        if word.lower() in NOT_NAMES or word.lower() == "services":
            if name:
                break
        elif not (
            word.endswith("ing") and not name and len(part.split()) > 1
        ):  # "sending emails" names emails
            name.append(word)
    return " ".join(name)


def _domains(text: str) -> list[str]:
    found = []
    for name, words in DOMAINS.items():
        match = re.search(rf"\b(?:{words})\b", text, re.IGNORECASE)
        if match:
            found.append((match.start(), name))
    return [name for _start, name in sorted(found)]


def _section(service: Service, blocks: list[Block]) -> list[Block]:
    """The service's own part of the text: from its heading to the next of that level, or its list item."""
    named = mention(service.name, loosely=True)
    for index, block in enumerate(blocks):
        if block.kind == "heading" and named.search(block.lead) and len(block.lead.split()) <= LEAD_WORDS:
            end = index + 1
            while end < len(blocks) and not (
                blocks[end].kind == "heading" and blocks[end].level <= block.level
            ):
                end += 1
            return blocks[index:end]
    for block in blocks:
        if block.kind == "item" and named.search(block.lead):
            return [block]
    return []


def _description(service: Service, section: list[Block], blocks: list[Block]) -> str:
    if section:
        head, *rest = section
        paragraphs = [block.text for block in rest if block.kind == "paragraph"]
        text = next(iter(paragraphs), head.remainder or head.text)
    else:
        named, hinted = mention(service.name), DOMAINS.get(service.name)
        patterns = [named, mention(service.name, loosely=True)]
        if hinted:
            patterns.append(re.compile(rf"\b(?:{hinted})\b", re.IGNORECASE))
        text = next((s for pattern in patterns for s in _sentences(blocks) if pattern.search(s)), "")
    return text if len(text) <= DESCRIPTION_LENGTH else text[: DESCRIPTION_LENGTH - 1].rstrip() + "…"


def _capabilities(section: list[Block]) -> list[str]:
    """What the list below a service's heading says it does."""
    return [block.text for block in section[1:] if block.kind == "item" and not DEPENDS_ON.search(block.text)]


def _dependencies(
    service: Service, section: list[Block], blocks: list[Block], services: list[Service]
) -> list[str]:
    named = mention(service.name)
    own = [sentence for block in section for sentence in block.sentences]
    # Elsewhere only where the service is the subject: "the order service calls the payment service".
    elsewhere = [
        sentence[subject.end() :]
        for sentence in _sentences(blocks)
        if (subject := named.search(sentence)) and not _verb(sentence[: subject.start()])
    ]
    found = []
    for other in services:
        if other is not service and any(_says_depends(sentence, other) for sentence in [*own, *elsewhere]):
            found.append(other.name)
    return found


def _says_depends(sentence: str, other: Service) -> bool:
    if strong := DEPENDS_ON.search(sentence):
        return mention(other.name, loosely=True).search(sentence, strong.end()) is not None
    weak = CALLS.search(sentence)
    return weak is not None and mention(other.name).search(sentence, weak.end()) is not None


def _verb(text: str) -> re.Match[str] | None:
    return DEPENDS_ON.search(text) or CALLS.search(text)


def _sentences(blocks: list[Block]) -> Iterator[str]:
    for block in blocks:
        yield from block.sentences
