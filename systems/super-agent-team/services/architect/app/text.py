"""A PRD as blocks (headings, list items and table rows, paragraphs): Markdown, or text that looks like it."""

import re
from dataclasses import dataclass
from typing import Literal

HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
ITEM = re.compile(r"^(?:[-*+•]|\d+[.)])\s+(.*)$")
NUMBERING = re.compile(r"^(?:\d+\.)*\d+[.)]?\s+")
EMPHASIS = re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n")
# What stands between the name of a list's item and what is said of it.
LEAD_END = re.compile(r"\s*:\s+|\s*:$|\s+[-–—]+\s+|\s*\(")


@dataclass
class Block:
    kind: Literal["heading", "item", "paragraph"]
    text: str
    # of a heading 1 to 6; of other blocks that of the heading they stand below, 0 before the first
    level: int

    @property
    def lead(self) -> str:
        """What an item or a heading is about: the words before the first colon, dash or parenthesis."""
        return LEAD_END.split(self.text, maxsplit=1)[0].strip()

    @property
    def remainder(self) -> str:
        parts = LEAD_END.split(self.text, maxsplit=1)
        return parts[1].strip().rstrip(")") if len(parts) > 1 else ""

    @property
    def sentences(self) -> list[str]:
        return [sentence.strip() for sentence in SENTENCE_END.split(self.text) if sentence.strip()]


def blocks_of(text: str) -> list[Block]:
    blocks: list[Block] = []
    level = 0
    in_code = False
    continues = False  # the line before belongs to the same item or paragraph
    for raw in text.splitlines():
        line = " ".join(raw.split())
        if line.startswith("```"):
            in_code = not in_code
            continues = False
        elif in_code or not line:
            continues = False
        elif heading := HEADING.match(line):
            level = len(heading[1])
            blocks.append(Block("heading", _plain(NUMBERING.sub("", heading[2])), level))
            continues = False
        elif set(line) in ({"="}, {"-"}) and continues and blocks[-1].kind == "paragraph":
            # the underline of a heading
            level = 1 if line[0] == "=" else 2
            blocks[-1] = Block("heading", NUMBERING.sub("", blocks[-1].text), level)
            continues = False
        elif "|" in line and "-" in line and set(line) <= set("|-: "):
            # what stands above is the table's header
            if blocks and blocks[-1].kind == "item":
                blocks.pop()
        elif line.startswith("|"):
            first, *others = [cell.strip() for cell in line.strip("|").split("|")]
            blocks.append(Block("item", _plain(f"{first}: {', '.join(others)}" if others else first), level))
            continues = False
        elif item := ITEM.match(line):
            blocks.append(Block("item", _plain(item[1]), level))
            continues = True
        elif continues:
            blocks[-1].text += " " + _plain(line)
        else:
            blocks.append(Block("paragraph", _plain(line), level))
            continues = True
    return blocks


def _plain(text: str) -> str:
    return EMPHASIS.sub("", text).strip()
