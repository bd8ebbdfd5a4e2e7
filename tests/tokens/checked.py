"""Check what a page is sent against the arrays of an inspection."""

from __future__ import annotations

from tests.tokens.page import Block, Page
from tfwidgets.tokens.result import TokenInspector


def check(inspector: TokenInspector, size: int) -> list[Block]:
    """Check what the page gets, in pages of this size, against the arrays."""
    row = inspector.rows[0]
    blocks = Page(inspector).blocks(size=size)
    chips = [chip for block in blocks for chip in block.chips]
    assert [chip.number for chip in chips] == list(range(len(row)))
    assert [chip.id for chip in chips] == row.ids.tolist()
    assert [-1 if chip.word is None else chip.word for chip in chips] == row.word_ids.tolist()
    for number, text in enumerate(row.texts):
        mine = [block for block in blocks if block.pair is bool(number)]
        assert "".join(block.text for block in mine) == text
        lengths = [len(block.text) for block in mine]
        assert [block.start for block in mine] == [sum(lengths[:k]) for k in range(len(mine))]
    for block in blocks:
        for chip in block.chips:
            if not row.placed[chip.number]:
                assert chip.text is None
                continue
            start, end = row.offsets[chip.number].tolist()
            assert chip.text == row.texts[block.pair][start:end]
            assert chip.start == start or start == end  # without extent it may stand anywhere
            assert block.pair is bool(row.sequence_ids[chip.number])
    return blocks
