"""Names and domains of made-up companies; no two have the same domain, and none of the domains can exist."""

from typing import Final

from app.server.sample.layout import Shuffle


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST: Final = _words(
    """Amber Anchor Arctic Aspen Atlas Aurora Autumn Azure Basalt Beacon Birch Blue Bold Bramble Bright Cedar Cinder
    Clear Cobalt Copper Coral Crimson Crystal Dawn Delta Dune Eastern Ember Emerald Falcon Fern Flint Forest Frost
    Garnet Gentle Glacier Golden Granite Green Harbor Hazel High Hollow Indigo Iron Ivory Jade Juniper Keen
    Lantern Lark Laurel Lunar Lucid Maple Marble Meadow Merit Midland Misty Mosaic Mountain Noble North Nova Oaken
    Ocean Olive Onyx Opal Orchid Otter Pacific Pearl Pebble Pine Pioneer Polar Prairie Quartz Quiet Rapid Raven
    Red River Royal Ruby Rustic Saffron Sage Salt Scarlet Shadow Silent Silver Slate Solar Southern Spruce Steady
    Stone Summit Swift Tall Teal Thistle Timber True Twin Union Upland Valley Velvet Verdant Violet Vivid Walnut
    Western Wild Willow Winter Wise Zephyr"""
)
_SECOND: Final = _words(
    """Analytics Arbor Bakery Bay Biotech Bridge Brook Builders Canyon Capital Castle Cloud Coast Collective
    Components Cove Creek Dairy Design Dynamics Energy Engineering Farms Field Foods Forge Foundry Freight Gardens
    Gate Glass Grove Health Hill Holdings House Instruments Interactive Kitchen Labs Lake Lane Ledger Legal
    Lighting Line Logistics Machines Marine Materials Media Mill Mobility Motors Networks Optics Orchard
    Outfitters Paper Park Partners Pharma Point Port Power Press Printing Quarry Rail Ridge Robotics Roofing
    School Security Shipping Software Springs Square Station Steel Street Studio Supply Systems Textiles Tools
    Tower Trading Transit Travel Trust Valve Ventures Vineyards Watch Water Wind Wireless Wood Works Yard"""
)
_THIRD: Final = _words(
    """Group International Solutions Global Services Industries Digital Europe Asia Pacific Nordic Americas Iberia
    Alpine Baltic Central Direct Express Plus One Online Brothers Sisters"""
)
_FORMS: Final = (
    "Inc.", "Ltd", "GmbH", "LLC", "S.A.", "B.V.", "AG", "Oy", "Pty Ltd",
    "SARL", "& Sons", "Co.",
)  # fmt: skip
_NATIVE: Final = (
    "株式会社北斗電機", "東海精密工業", "深圳市云海科技有限公司", "青岛蓝湾物流",
    "한빛소프트웨어", "शक्ति उद्योग", "บริษัท ทองไทย จำกัด", "شركة النور للتجارة",
    "ТОВ «Добрий Хліб»", "ООО «Северный Ветер»", "Αιγαίον Ναυτιλιακή Α.Ε.", "אור הצפון בע״מ",
    "Bäckerei Größe & Söhne", "Société Générale des Eaux Vives", "Öresund Färjor AB", "Zażółć Gęślą Sp. z o.o.",
)  # fmt: skip

UNUSUAL: Final = {
    3: 'O\'Brien & Daughters "Fine Print" Ltd',
    5: "[bold]Bracket[/bold] Labs",
    8: "Robert'); DROP TABLE account;--",
    11: "The Society for the Preservation of Exceedingly Long and Unabbreviated Company Names of Llanfairpwllgwyngyll "
    "and District, Incorporated by Royal Charter",
    14: "<script>alert('Acme')</script>",
    17: '=HYPERLINK("https://sheet.example";"Formula Foods")',
    20: "{{ template }} %s ${HOME} Ventures",
}
"""Harmless names that look like markup, SQL, formulas or code, by account number."""

_PLASTIC: Final = 0.7548776662466927
"""Multiples of it, modulo 1, fill the range evenly."""

_NATIVE_SHARE: Final = 0.06
_FORM_SHARE: Final = 0.5

_PAIRS: Final = Shuffle.of(len(_FIRST) * len(_SECOND))


def slug(account: int) -> str:
    """The unique part of an account's domain."""
    layer, number = divmod(account, _PAIRS.count)
    first, second = divmod(_PAIRS.there(number), len(_SECOND))
    words = f"{_FIRST[first]}-{_SECOND[second]}".lower()
    if layer == 0:
        return words
    rounds, third = divmod(layer - 1, len(_THIRD))
    return f"{words}-{_THIRD[third].lower()}{rounds or ''}"


def domain(account: int) -> str:
    """An account's first domain."""
    return f"{slug(account)}.{'example' if account % 3 else 'test'}"


def company_name(account: int) -> str:
    """What an account is called."""
    if account in UNUSUAL:
        return UNUSUAL[account]
    chance = account * _PLASTIC % 1.0
    if chance < _NATIVE_SHARE:
        return _NATIVE[int(chance / _NATIVE_SHARE * len(_NATIVE))]
    name = slug(account).replace("-", " ").title()
    if chance < _FORM_SHARE:
        name += " " + _FORMS[account % len(_FORMS)]
    return name
