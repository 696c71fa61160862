"""Invented names. Every host ends in `.example`."""

from __future__ import annotations

import unicodedata
from functools import cache
from random import Random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WORKSPACES = (
    "Northwind Desk",
    "Cobalt Ridge",
    "Ærø Maritime",
    "Lantern & Pike",
    "Fernhollow Legal",
    "Brightwater Dental",
    "Oakline Logistics",
    "Tidewell Finance",
    "Quarry Street Media",
    "Halcyon HR",
    "São Bento Cafés",
    "Meridian Roofing",
    "Pinecrest Software",
    "Ironbark Security",
    "Saffron Events",
    "Kestrel Recruiting",
    "Marlow & Finch",
    "Bluebell Clinics",
    "Granite Peak Solar",
    "Zürich Werkstatt",
    "Copperfield Print",
    "Driftwood Travel",
    "Amberly Insurance",
    "Stonebridge Capital",
    "Violet Harbor Homes",
    "Juniper Analytics",
    "Redwood Freight",
    "Silverline Telecom",
    "Thistle & Thyme",
    "Evergreen Fleet",
)
FIRST = _words(
    "Palle Tess Ivo Rhea Nadia Emil Jon Mira Orla Ada Noor Luca Ines Otto Freya Hugo Maja Elif Tomas Clara Anders Priya "
    "Marco Sofie Yusuf Greta Felix Amara Pavel Lena Oskar Zoe Rafael Signe Karim Helga Dario Alma Viktor Nina Søren José"
)
LAST = _words(
    "Stenmark Holloway Brandt Lund Voss Rask Aas Oakfield Finch Quill Marsh Hale Winther Okafor Sandoval Keller Novak "
    "Bergström Iyer Castell Drummond Falk Grieve Hoxha Jansen Kowal Lindqvist Moreau Nyberg Osei Petrov Quist Rossi"
)
HEADS = _words(
    "Bright Cold Green North River Stone Clear High Silver Maple Harbor Summit Prime Urban Nordic Alpine"
)
TAILS = _words(
    "Molar Dental Works Systems Partners Studio Foods Freight Legal Health Labs Motors Clinic Design Energy"
)
TITLES = (
    "Practice Owner",
    "Head of Operations",
    "Managing Director",
    "Founder",
    "Marketing Lead",
    "Office Manager",
    None,
)
CITIES = _words("Aarhus Leeds Malmö Porto Ghent Graz Cork Tampere Lyon Bergen Utrecht Austin Denver Tucson")
SEGMENTS = _words("Dentists Vets Roofers Logistics SaaS Clinics Law Insurers Hotels Retail Solar Printers")
REGIONS = _words("Nordics DACH UK US-East US-West Benelux Iberia ANZ")
RESELLERS = ("inframail", "mailreef", "premium-inboxes")
PREFIXES = _words("try get go meet hello use with")


_SPELLED = {
    ord(letter): plain for letter, plain in (("Æ", "Ae"), ("æ", "ae"), ("Ø", "Oe"), ("ø", "oe"), ("ß", "ss"))
}


@cache
def ascii_word(text: str) -> str:
    """Lower-case letters only, for hosts and mailboxes: `Ærø Maritime` becomes `aeroemaritime`."""
    plain = unicodedata.normalize("NFKD", text.translate(_SPELLED))
    return "".join(c for c in plain.lower() if c.isascii() and c.isalnum())


def workspace_name(index: int) -> str:
    """The thirty invented clients, then numbered ones."""
    return (
        WORKSPACES[index]
        if index < len(WORKSPACES)
        else f"{WORKSPACES[index % len(WORKSPACES)]} {index // len(WORKSPACES) + 1}"
    )


def campaign_name(rng: Random, wave: int) -> str:
    return f"{rng.choice(SEGMENTS)} {rng.choice(REGIONS)} - wave {wave}"


def company_name(rng: Random) -> str:
    return f"{rng.choice(HEADS)} {rng.choice(TAILS)}"
