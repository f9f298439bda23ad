"""Names of people from many cultures, each with the Latin letters it takes in an e-mail address.

A name in a script other than Latin is written `name=letters`; `_` stands for a space. Letters for Latin names are derived.
"""

import unicodedata
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Name:
    """One first or last name."""

    text: str
    letters: str
    """ASCII, lower case."""


@dataclass(frozen=True, slots=True)
class Culture:
    """A stock of names, and where people with them mostly live."""

    country: str
    """A key of `places.PLACES`."""
    weight: int
    """How many of `CULTURE_SLOTS` it takes."""
    first_names: tuple[Name, ...]
    last_names: tuple[Name, ...]


_LETTERS: Final = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "æ": "ae", "Æ": "Ae", "ð": "d",
     "þ": "th", "Þ": "Th", "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "å": "aa", "Å": "Aa"}
)  # fmt: skip


def letters(text: str) -> str:
    """Lower-case ASCII letters and digits of a Latin text."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS)).lower()
    return "".join(character for character in plain if character.isascii() and character.isalnum())


def _names(texts: str) -> tuple[Name, ...]:
    names = []
    for text in texts.replace("\n", " ").split():
        shown, _, latin = text.replace("_", " ").partition("=")
        names.append(Name(shown, latin or letters(shown)))
    return tuple(names)


def _culture(country: str, weight: int, first_names: str, last_names: str) -> Culture:
    return Culture(country, weight, _names(first_names), _names(last_names))


CULTURES: Final = (
    _culture(
        "United States", 26,
        """Dana Alex Morgan Taylor Jordan Casey Riley Avery Quinn Emily Sarah Jessica Ashley Rachel Megan Hannah
        Olivia Grace Chloe Amelia Charlotte Lucy Eleanor Ruth Martha Joan Alice Edith James John Robert Michael
        William David Thomas Daniel Matthew Andrew Joshua Kevin Brian George Edward Henry Arthur Walter Oscar
        Miles Felicity Imogen Rosalind Beatrix""",
        """Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Moore Jackson Martin Thompson
        White Harris Clark Lewis Robinson Walker Young King Wright Hill Green Adams Baker Carter Mitchell
        Roberts Turner Phillips Parker Edwards Collins Stewart Morris Rogers Reed Cook Bailey Bell Cooper Ward
        Brooks Bennett Gray Hughes Foster Sanders O'Brien O'Connor MacDonald McAllister D'Arcy St._John
        Featherstonehaugh""",
    ),
    _culture(
        "United Kingdom", 8,
        """Oliver Harry Jack Charlie Freddie Alfie Archie Theo Isla Poppy Freya Evie Florence Maisie Niamh
        Siobhán Aoife Seán Ciarán Eoin Rhys Gethin Angharad Carys Callum Hamish Fiona Ailsa Eilidh Moira""",
        """Evans Thomas Llewellyn Pritchard Cadwallader Campbell Fraser Sinclair Murray Ramsay Doyle Gallagher
        Byrne Fitzgerald Ashworth Blackwood Whitaker Holloway Pemberton Wainwright Hargreaves Cholmondeley
        Atkinson Barlow Chadwick""",
    ),
    _culture(
        "Germany", 8,
        """Jürgen Jörg Björn Günther Käthe Anneliese Ulrike Sabine Petra Monika Katharina Johanna Friederike
        Lena Leonie Mia Lukas Jonas Felix Maximilian Moritz Sebastian Matthias Stefan Wolfgang Klaus Dieter
        Heike Silke Antje""",
        """Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter
        Klein Wolf Schröder Neumann Schwarz Zimmermann Krüger Hartmann Lange Schmitt Krämer Größe Weiß Strauß
        Leutheusser-Schnarrenberger von_der_Heide""",
    ),
    _culture(
        "France", 7,
        """Élodie Chloé Zoé Anaïs Hélène Geneviève Françoise Aurélie Amélie Noémie Margaux Camille Manon Inès
        Léa Jérôme François Rémi Benoît Gaël Loïc Théo Hugo Étienne Maël Cédric Jean-Baptiste Pierre-Yves
        Marie-Claire Anne-Sophie""",
        """Lefèvre Dupont Durand Moreau Laurent Girard Bonnet François Mercier Blanc Guérin Boyer Garnier
        Chevalier Faure Rousseau Gautier Perrin Clément Béranger Côté Lévesque d'Estaing de_La_Tour L'Hôpital""",
    ),
    _culture(
        "Spain", 7,
        """María José Lucía Sofía Martina Paula Julia Álvaro Íñigo Jesús Ángel Rubén Adrián Raúl Sergio Iván
        Óscar Begoña Concepción Inmaculada Nuria Rocío Belén Andrés Nicolás Joaquín Ximena Itziar Montserrat
        Jordi""",
        """García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Jiménez Ruiz Hernández Díaz
        Muñoz Álvarez Romero Núñez Ibáñez Peña Ordóñez Castaño Zúñiga Echeverría García-Mansilla
        Vázquez_de_la_Torre""",
    ),
    _culture(
        "Brazil", 4,
        """João Antônio Luís Caio Thiago Rafael Gustavo Vinícius Conceição Letícia Júlia Beatriz Larissa Mariana
        Gonçalo Inês Simão Estêvão Fabrício Tainá""",
        """Silva Souza Costa Oliveira Ferreira Araújo Conceição Guimarães Magalhães Simões Brandão Leitão
        Assunção Gusmão Peçanha Falcão Abrantes Teixeira dos_Santos de_Sá""",
    ),
    _culture(
        "Italy", 4,
        """Giulia Chiara Francesca Alessia Elena Niccolò Matteo Lorenzo Andrea Davide Simone Noè Raffaella
        Ornella Gianluca Pierluigi Donatella Ilaria""",
        """Rossi Bianchi Ferrari Esposito Romano Colombo Ricci Marino Greco Bruno Gallo Conti D'Amico Dell'Acqua
        Lo_Presti Santorò Di_Pietrantonio""",
    ),
    _culture(
        "Sweden", 4,
        """Åsa Björk Søren Øyvind Sigurður Þóra Astrid Ingrid Maja Freja Linnéa Håkan Göran Mårten Jørgen Rasmus
        Kjell Guðrún Solveig Torbjørn""",
        """Åkesson Öberg Lindström Sjöberg Nyström Bergström Sørensen Møller Kjær Ødegård Brekke Halvorsen
        Jónsdóttir Þorvaldsson Hämäläinen Mäkelä Väisänen Nygård""",
    ),
    _culture(
        "Poland", 4,
        """Łukasz Paweł Michał Grzegorz Wojciech Małgorzata Agnieszka Zofia Świętosława Bożena Jakub Žofie Jiří
        Ondřej Zdeněk Tomáš Růžena Květa Ľubica László""",
        """Wiśniewski Wójcik Kamiński Lewandowski Zieliński Szymański Dąbrowski Kozłowski Jabłoński
        Brzęczyszczykiewicz Novák Dvořák Černý Procházka Němec Šťastný Nagy Szabó Kővári Horváth""",
    ),
    _culture(
        "Turkey", 3,
        """İrem Şeyma Çağla Gül Özge Elif Ayşe Kerem Çağatay Şahin Oğuz Uğur Yiğit İbrahim Tuğba Gökçe""",
        """Yılmaz Kaya Demir Çelik Şahin Yıldız Öztürk Aydın Özdemir Arslan Doğan Kılıç Çetin Güneş Ağaoğlu""",
    ),
    _culture(
        "Vietnam", 3,
        """Anh Bình Châu Dũng Giang Hương Khánh Lan Minh Ngọc Phương Quỳnh Sơn Thảo Tuấn Vân Thị_Hồng Đức""",
        """Nguyễn Trần Lê Phạm Huỳnh Phan Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý""",
    ),
    _culture(
        "Nigeria", 3,
        """Adébáyọ̀ Chinwe Chukwuemeka Ngozi Olúwaṣeun Fọlákẹ́ Ifeoma Tóbilọba Yetunde Zainab Amina Kwame Abena
        Thandiwe Sipho""",
        """Okafor Adéyẹmí Okonkwo Balogun Ogunlesi Eze Nwachukwu Ọláyínká Abubakar Mensah Boateng Dlamini Nkosi
        Mbeki""",
    ),
    _culture(
        "China", 4,
        """伟=wei 芳=fang 娜=na 秀英=xiuying 敏=min 静=jing 丽=li 强=qiang 磊=lei 军=jun 洋=yang 勇=yong 艳=yan
        杰=jie 欣怡=xinyi 浩然=haoran 子涵=zihan 梓萱=zixuan 宇轩=yuxuan 思远=siyuan""",
        """王=wang 李=li 张=zhang 刘=liu 陈=chen 杨=yang 黄=huang 赵=zhao 吴=wu 周=zhou 徐=xu 孙=sun 马=ma
        朱=zhu 胡=hu 郭=guo 欧阳=ouyang 司马=sima""",
    ),
    _culture(
        "Japan", 4,
        """陽菜=hina 結衣=yui さくら=sakura 美咲=misaki 葵=aoi 蓮=ren 大翔=hiroto 健太=kenta 翔太=shota
        拓海=takumi 直樹=naoki 恵子=keiko 由美子=yumiko 一郎=ichiro アンナ=anna みどり=midori""",
        """佐藤=sato 鈴木=suzuki 高橋=takahashi 田中=tanaka 渡辺=watanabe 伊藤=ito 山本=yamamoto 中村=nakamura
        小林=kobayashi 加藤=kato 吉田=yoshida 山田=yamada 佐々木=sasaki 長谷川=hasegawa 勅使河原=teshigawara""",
    ),
    _culture(
        "South Korea", 2,
        """민준=minjun 서연=seoyeon 지우=jiwoo 하은=haeun 도윤=doyun 예준=yejun 수빈=subin 지민=jimin
        현우=hyunwoo 은지=eunji 태현=taehyun 유진=yujin""",
        """김=kim 이=yi 박=park 최=choi 정=jung 강=kang 조=cho 윤=yoon 장=jang 임=lim 남궁=namgung""",
    ),
    _culture(
        "Egypt", 3,
        """محمد=mohamed أحمد=ahmed فاطمة=fatima عائشة=aisha يوسف=youssef مريم=mariam خالد=khaled ليلى=layla
        عمر=omar نور=nour حسن=hassan زينب=zeinab سلمى=salma طارق=tarek""",
        """الحسن=alhassan العلي=alali خليل=khalil حداد=haddad منصور=mansour الشريف=elsherif
        عبد_الرحمن=abdelrahman نجار=najjar سليمان=soliman فاروق=farouk الخطيب=alkhatib""",
    ),
    _culture(
        "Ukraine", 3,
        """Олена=olena Андрій=andrii Тарас=taras Оксана=oksana Наталія=nataliia Дмитро=dmytro Ольга=olha
        Іван=ivan Юлія=yuliia Сергій=serhii Елена=elena Михаил=mikhail Светлана=svetlana Милица=milica
        Димитър=dimitar""",
        """Шевченко=shevchenko Коваленко=kovalenko Бондаренко=bondarenko Ткаченко=tkachenko Кравчук=kravchuk
        Мельник=melnyk Щербаченко=shcherbachenko Іваненко=ivanenko Кузнецова=kuznetsova Петров=petrov
        Стојановић=stojanovic Георгиев=georgiev""",
    ),
    _culture(
        "Greece", 2,
        """Γιώργος=giorgos Μαρία=maria Ελένη=eleni Κωνσταντίνος=konstantinos Δημήτρης=dimitris
        Αικατερίνη=aikaterini Νίκος=nikos Σοφία=sofia Παναγιώτης=panagiotis Άννα=anna""",
        """Παπαδόπουλος=papadopoulos Αγγελόπουλος=angelopoulos Νικολαΐδης=nikolaidis Καραγιάννη=karagianni
        Οικονόμου=oikonomou Βλάχος=vlachos Παπακωνσταντίνου=papakonstantinou Γεωργίου=georgiou""",
    ),
    _culture(
        "India", 4,
        """आरव=aarav प्रिया=priya अनन्या=ananya विवान=vivaan दीपिका=deepika राजेश=rajesh सुनीता=sunita
        अर्जुन=arjun लक्ष्मी=lakshmi श्रीनिवास=shrinivas Meera=meera Karthik=karthik Anjali=anjali Rohan=rohan""",
        """शर्मा=sharma वर्मा=varma गुप्ता=gupta सिंह=singh पटेल=patel अय्यर=iyer कृष्णमूर्ति=krishnamurthy
        Chatterjee=chatterjee Venkataraman=venkataraman Subramaniam=subramaniam Deshpande=deshpande Nair=nair""",
    ),
    _culture(
        "Thailand", 2,
        """สมชาย=somchai สมหญิง=somying อนุชา=anucha กมลวรรณ=kamonwan ปิยะ=piya สุดารัตน์=sudarat
        ณัฐพล=natthaphon วิภาวดี=wiphawadi""",
        """ศรีสุข=srisuk ทองดี=thongdee วงศ์สวัสดิ์=wongsawat เจริญพร=charoenphon รัตนพันธุ์=rattanaphan
        พงษ์ไพบูลย์=phongphaibun""",
    ),
    _culture(
        "Israel", 1,
        """נועה=noa אורי=uri תמר=tamar איתן=eitan יעל=yael דוד=dudu""",
        """כהן=cohen לוי=levi מזרחי=mizrahi פרידמן=friedman ביטון=biton""",
    ),
)  # fmt: skip
"""All stocks of names."""

CULTURE_SLOTS: Final = tuple(
    number for number, culture in enumerate(CULTURES) for _ in range(culture.weight)
)
"""Numbers of `CULTURES`, each as often as its weight says."""

LONG_LAST_NAMES: Final = (
    "Wolfeschlegelsteinhausenbergerdorff",
    "Keihanaikukauakahihuliheekahaunaele",
    "Chuchawal na Ayutthaya-Rattanakosin-Mahintharayutthaya",
    "Uzoma-Okechukwu-Nwankwo-Ezekwesili de Albuquerque e Castro",
)
"""Names that no column is wide enough for."""
