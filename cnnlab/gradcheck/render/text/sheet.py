"""What a report is written on, and how blocks of lines are laid side by side on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cnnlab.terminal import paint, wrap

#: Blank columns between two blocks.
GAP = 3


@dataclass(frozen=True)
class Sheet:
    """width: characters in a line.   colour: whether the terminal has it."""

    width: int
    colour: bool = False

    def narrow_by_indent(self) -> Sheet:
        """Return the sheet of what is indented by two."""
        return Sheet(self.width - 2, self.colour)

    def write_sentence(self, text: str | None, kind: str = "") -> Iterator[str]:
        """Yield a sentence, wrapped; nothing for None."""
        if text:
            lines = wrap(text, self.width, "", "  ").splitlines()
            yield from (paint(line, kind, self.colour) if kind else line for line in lines)


@dataclass(frozen=True)
class Block:
    """Lines that belong together. painted: the same in colour, of the same length on a screen."""

    lines: tuple[str, ...]
    painted: tuple[str, ...]

    @property
    def width(self) -> int:
        """Return how many columns it takes."""
        return max(map(len, self.lines), default=0)


def lay_out_blocks(blocks: Sequence[Block], sheet: Sheet) -> Iterator[str]:
    """Yield blocks side by side, as many as fit, and the others below them."""
    rows: list[list[Block]] = []
    for block in blocks:
        used = sum(b.width + GAP for b in rows[-1]) if rows else 0
        if rows and used + block.width <= sheet.width:
            rows[-1].append(block)
        else:
            rows.append([block])
    for number, row in enumerate(rows):
        if number:
            yield ""
        for i in range(max(len(block.lines) for block in row)):
            yield "".join(_cut_line(block, i, last=block is row[-1]) for block in row).rstrip()


def _cut_line(block: Block, i: int, last: bool) -> str:
    """Return a line of a block, filled to its width."""
    if i >= len(block.lines):
        return "" if last else " " * (block.width + GAP)
    return block.painted[i] + ("" if last else " " * (block.width + GAP - len(block.lines[i])))
