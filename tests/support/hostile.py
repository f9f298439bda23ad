"""Text as a stranger may have typed it into a CRM."""

from typing import Final

HOSTILE_TEXTS: Final = {
    "clear screen": "\x1b[2J\x1b[Hgone",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07name",
    "C1 control sequence": "a\x9b2Jb\x9d52;c;eA==\x9cc",
    "nul and bell": "a\x00b\x07c\x08d\x7fe",
    "bidirectional override": "invoice\u202efdp.exe\u2066x\u2069",
    "zero width": "pay\u200bpal\ufeff\u2060.test",
    "markup": "[bold]loud[/bold] [@click=app.quit]quit[/]",
    "stray closing tag": "[/] [/bold] ]] [[",
    "lines": "first\nsecond\r\nthird\u2028fourth\ttab",
    "zalgo": "Z" + "\u0301\u0316\u034f" * 40 + "algo",
    "wide": "日本語の名前がとても長い株式会社" * 2,
    "half wide": "ａｂ日c" * 9,
    "emoji": "👩‍👩‍👧‍👦 🇩🇪 ❤️ 👍🏽 family",
    "lone surrogate": "a\ud800b",
    "tags block": "a\U000e0041\U000e0042b",
    "huge": "x" * 200_000,
    "huge wide": "日" * 200_000,
    "blank": "   ",
    "empty": "",
}
"""By what is wrong with each."""
