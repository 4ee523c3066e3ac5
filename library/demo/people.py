"""Thirty people who do not exist. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demo. `zeal` is how often they come, `role` what they have subscribed to."""

    username: str
    first_name: str
    last_name: str
    time_zone: str
    bio: str
    zeal: float = 1.0
    role: str = ""

    @property
    def email(self) -> str:
        """An address that no mail ever reaches (RFC 2606)."""
        return f"{self.username}@example.org"


STAFF = Person("demo-admin", "Robin", "Vos", "Europe/Amsterdam", "Looks after this site.", 0.4)
MEMBER = Person("demo", "Noa", "Lind", "Europe/Amsterdam", "Watches the sky, the tide, and bread rise.", 3.2, "premium")

PEOPLE = (
    STAFF,
    MEMBER,
    Person("ilse", "Ilse", "Marten", "Europe/Amsterdam", "Amateur astronomer on an island with dark nights.", 2.0, "premium"),
    Person("marit", "Marit", "Holm", "Europe/Oslo", "Films coasts and mountains, mostly at the wrong hour.", 2.2, "premium"),
    Person("jun", "Jun", "Okabe", "Asia/Tokyo", "Climbs, falls, writes down why.", 1.8, "subscriber"),
    Person("anouk", "Anouk", "Vale", "Europe/Paris", "Slow piano and field recordings.", 1.6, "subscriber"),
    Person("pieter", "Pieter", "Dam", "Europe/Amsterdam", "Photographs the polder before work.", 1.7, "premium"),
    Person("stadsimker", "Tess", "Bakker", "Europe/Brussels", "Eleven hives on four roofs.", 1.4),
    Person("weefhuis", "Orla", "Byrne", "Europe/Dublin", "Weaving teacher. Warp first, opinions later.", 1.3, "subscriber"),
    Person("drukhuis", "Emil", "Kraus", "Europe/Berlin", "Letterpress printer with too much type.", 1.2, "subscriber"),
    Person("aarde", "Sanne", "Aarts", "Europe/Amsterdam", "Potter. The kiln decides.", 1.5),
    Person("levain", "Theo", "Martel", "Europe/Paris", "Bakes at four, sleeps at eight.", 1.6),
    Person("mei", "Mei", "Tan", "Asia/Singapore", "Statistics without tears.", 1.9, "premium"),
    Person("tomas", "Tomás", "Rey", "America/Bogota", "Birds, patience, batteries.", 1.1),
    Person("ada", "Ada", "Nwosu", "Africa/Lagos", "Makes small electronics and large mistakes.", 1.2, "subscriber"),
    Person("kofi", "Kofi", "Mensah", "Africa/Accra", "Listens to everything twice.", 1.0),
    Person("lena", "Lena", "Sorge", "Europe/Vienna", "Here for the night sky.", 0.9),
    Person("priya", "Priya", "Raman", "Asia/Kolkata", "Learns a craft a year.", 1.3, "subscriber"),
    Person("hugo", "Hugo", "Lindqvist", "Europe/Stockholm", "Bread, mostly.", 0.8),
    Person("zara", "Zara", "Haddad", "Asia/Amman", "Ink under the nails.", 0.7),
    Person("owen", "Owen", "Pryce", "Europe/London", "Watches climbing, does not climb.", 0.9),
    Person("yuki", "Yuki", "Mori", "Asia/Tokyo", "Photographs rain.", 1.0),
    Person("carla", "Carla", "Dias", "America/Sao_Paulo", "Surfs badly, films well.", 0.8, "subscriber"),
    Person("ben", "Ben", "Whitlow", "America/New_York", "Beekeeper in training.", 0.7),
    Person("nadia", "Nadia", "Petrov", "Europe/Sofia", "Piano in the kitchen.", 0.9),
    Person("sam", "Sam", "Oduya", "Africa/Nairobi", "Asks the question after the question.", 0.6),
    Person("iris", "Iris", "Coletti", "Europe/Rome", "Clay and coffee.", 0.7),
    Person("jonas", "Jonas", "Weber", "Europe/Zurich", "Huts above the clouds.", 0.8),
    Person("alma", "Alma", "Fuentes", "America/Mexico_City", "Collects looms.", 0.5),
    Person("rafi", "Rafi", "Stein", "America/Los_Angeles", "New here.", 0.3),
)  # fmt: skip
