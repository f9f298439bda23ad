"""Where made-up people and companies are: addresses, and telephone numbers that ring nowhere.

Numbers come from the ranges set aside for fiction: NANPA 555-0100 to 555-0199, Ofcom's and ARCEP's and the
Bundesnetzagentur's numbers for drama, ACMA's 5550. Other countries use the North American ones.
"""

from dataclasses import dataclass
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True)
class City:
    """A town with the start of its postal codes."""

    name: str
    state: str | None
    zip_start: str


@dataclass(frozen=True, slots=True)
class Place:
    """A country's towns and streets, and how its telephone numbers look."""

    country: str
    cities: tuple[City, ...]
    streets: tuple[str, ...]
    is_number_last: bool
    """Whether the house number follows the street."""
    zip_digits: int
    """Digits that follow the start of a postal code."""
    zip_end: str
    """What follows the digits."""
    phone_starts: tuple[str, ...]
    """E.164 up to the last `phone_digits` digits."""
    phone_digits: int


_AMERICAN: Final = tuple(
    f"+1{area}55501"
    for area in (201, 206, 212, 213, 303, 305, 312, 404, 415, 503, 512, 602, 617, 702, 713, 808, 917, 416, 604)
)  # fmt: skip
_PHONES: Final = {
    "United Kingdom": (("+442079460", "+441134960", "+441614960", "+441314960", "+442920180"), 3),
    "Germany": (("+493023125", "+496990009", "+494066969", "+498999998"), 3),
    "France": (("+331990000", "+332619100", "+333530100", "+334657100", "+335364900"), 2),
    "Australia": (("+6125550", "+6175550"), 4),
}


def _cities(text: str) -> tuple[City, ...]:
    """`name/state/start of the postal code`, separated by `;`."""
    rows = (row.lstrip().split("/") for row in text.split(";"))
    return tuple(City(name, state or None, start) for name, state, start in rows)


def _place(
    country: str,
    cities: str,
    streets: str,
    *,
    number_last: bool = False,
    zip_digits: int = 3,
    zip_end: str = "",
) -> Place:
    starts, digits = _PHONES.get(country, (_AMERICAN, 2))
    return Place(
        country,
        _cities(cities),
        tuple(street.strip() for street in streets.split(";")),
        number_last,
        zip_digits,
        zip_end,
        starts,
        digits,
    )


_ROWS: Final = (
    _place(
        "United States",
        "New York/NY/100; Chicago/IL/606; Austin/TX/787; Seattle/WA/981; Denver/CO/802; Boston/MA/021; Portland/OR/972; "
        "San José/CA/951; Coeur d'Alene/ID/838; Truth or Consequences/NM/879",
        "Main Street; Market Street; Oak Avenue; Maple Drive; Industrial Parkway; Lakeshore Road; 5th Avenue; Elm Court",
        zip_digits=2,
    ),
    _place(
        "United Kingdom",
        "London//EC1A ; Leeds//LS1 ; Manchester//M2 ; Edinburgh//EH1 ; Cardiff//CF10 ; Belfast//BT1 ; "
        "Llanfairpwllgwyngyll//LL61 ",
        "High Street; Station Road; Victoria Road; Church Lane; Mill Lane; King's Parade; Threadneedle Street",
        zip_digits=1,
        zip_end="QX",
    ),
    _place(
        "Germany",
        "Berlin//10; Hamburg//20; München//80; Köln//50; Düsseldorf//40; Nürnberg//90; Görlitz//02; Weißwasser//02",
        "Hauptstraße; Bahnhofstraße; Gartenweg; Lindenallee; Am Marktplatz; Königstraße; Industriestraße",
        number_last=True,
    ),
    _place(
        "France",
        "Paris//75; Lyon//69; Marseille//13; Orléans//45; Besançon//25; Nîmes//30; Saint-Étienne//42",
        "rue de la République; avenue Victor-Hugo; boulevard de l'Océan; place du Marché; allée des Érables",
    ),
    _place(
        "Spain",
        "Madrid//28; Barcelona//08; Sevilla//41; A Coruña//15; Málaga//29; San Sebastián//20",
        "Calle Mayor; Avenida de la Constitución; Plaza España; Calle de Alcalá; Paseo Marítimo",
        number_last=True,
    ),
    _place(
        "Brazil",
        "São Paulo/SP/01; Rio de Janeiro/RJ/20; Brasília/DF/70; Florianópolis/SC/88; Belém/PA/66",
        "Rua das Flores; Avenida Paulista; Rua São João; Travessa do Comércio",
        number_last=True,
        zip_digits=6,
    ),
    _place(
        "Italy",
        "Roma/RM/00; Milano/MI/20; Torino/TO/10; Forlì/FC/47; Napoli/NA/80",
        "Via Roma; Corso Garibaldi; Via dell'Università; Piazza Duomo; Viale della Libertà",
        number_last=True,
    ),
    _place(
        "Sweden",
        "Stockholm//11; Göteborg//41; Malmö//21; Örebro//70; Umeå//90",
        "Storgatan; Drottninggatan; Kungsgatan; Södra vägen; Hamngatan",
        number_last=True,
    ),
    _place(
        "Poland",
        "Warszawa//00-; Kraków//30-; Łódź//90-; Gdańsk//80-; Wrocław//50-",
        "ul. Długa; ul. Mickiewicza; al. Jerozolimskie; ul. Słowackiego; plac Wolności",
        number_last=True,
    ),
    _place(
        "Turkey",
        "İstanbul//34; Ankara//06; İzmir//35; Eskişehir//26; Muğla//48",
        "Atatürk Caddesi; İstiklal Caddesi; Gül Sokak; Çarşı Yolu",
        number_last=True,
    ),
    _place(
        "Vietnam",
        "Hà Nội//100; Đà Nẵng//550; Huế//530; Cần Thơ//900",
        "đường Lê Lợi; phố Hàng Bạc; đường Nguyễn Huệ; đường Trần Phú",
    ),
    _place(
        "Nigeria",
        "Lagos/Lagos/100; Abuja/FCT/900; Ìbàdàn/Ọ̀yọ́/200; Enugu/Enugu/400",
        "Broad Street; Adeola Odeku Street; Awolowo Road; Marina",
    ),
    _place(
        "China",
        "北京市//100; 上海市//200; 深圳市//518; 成都市//610",
        "人民路; 中山东一路; 解放大道; 科技园南路",
    ),
    _place(
        "Japan",
        "東京都//100-0; 大阪市//530-0; 札幌市//060-0; 福岡市//810-0",
        "丸の内; 道玄坂; 本町通; 梅田三丁目",
        number_last=True,
    ),
    _place(
        "South Korea",
        "서울특별시//03; 부산광역시//48; 인천광역시//21",
        "세종대로; 테헤란로; 해운대로",
        number_last=True,
    ),
    _place(
        "Egypt", "القاهرة//11; الإسكندرية//21; الجيزة//12", "شارع التحرير; شارع النيل; طريق الحرية"
    ),
    _place(
        "Ukraine",
        "Київ//01; Львів//79; Одеса//65; Харків//61",
        "вул. Хрещатик; просп. Свободи; вул. Грушевського",
    ),
    _place(
        "Greece",
        "Αθήνα//10; Θεσσαλονίκη//54; Ηράκλειο//71",
        "Οδός Ερμού; Λεωφόρος Συγγρού; Εγνατία",
    ),
    _place(
        "India",
        "मुंबई/महाराष्ट्र/400; नई दिल्ली/दिल्ली/110; Bengaluru/Karnataka/560; Chennai/Tamil Nadu/600",
        "महात्मा गांधी मार्ग; Residency Road; Anna Salai; नेहरू मार्ग",
    ),
    _place(
        "Thailand", "กรุงเทพมหานคร//10; เชียงใหม่//50; ภูเก็ต//83", "ถนนสุขุมวิท; ถนนนิมมานเหมินท์; ถนนเจริญกรุง"
    ),
    _place("Israel", "תל אביב//61; ירושלים//91; חיפה//31", "רחוב הרצל; שדרות רוטשילד; דרך יפו"),
    _place(
        "Australia",
        "Sydney/NSW/2; Melbourne/VIC/3; Brisbane/QLD/4; Wagga Wagga/NSW/2",
        "George Street; Collins Street; Pacific Highway; Queen Street",
    ),
)

PLACES: Final = {row.country: row for row in _ROWS}
"""Places by country."""

SUITES: Final = (
    "Suite 400",
    "Floor 12",
    "Building C, 2nd floor",
    "c/o reception desk",
    "Gate 7 (deliveries)",
)

AddressParts = tuple[str | None, str | None, str | None, str | None, str | None, str | None]
"""Street, second line, city, state, country, postal code."""

NO_ADDRESS: Final[AddressParts] = (None, None, None, None, None, None)


def address(place: Place, random: Random) -> AddressParts:
    """An address in a country."""
    chance = random.random
    city = place.cities[int(chance() * len(place.cities))]
    street = place.streets[int(chance() * len(place.streets))]
    number = 1 + int(chance() * chance() * 400)
    return (
        f"{street} {number}" if place.is_number_last else f"{number} {street}",
        SUITES[int(chance() * len(SUITES))] if chance() < 0.15 else None,
        city.name,
        city.state,
        place.country,
        f"{city.zip_start}{int(chance() * 10**place.zip_digits):0{place.zip_digits}}{place.zip_end}",
    )


def phone(place: Place, random: Random) -> str:
    """A telephone number in E.164."""
    start = place.phone_starts[int(random.random() * len(place.phone_starts))]
    return f"{start}{int(random.random() * 10**place.phone_digits):0{place.phone_digits}}"
