"""The languages offered for a person, as ISO 639 codes; their names come from the reader's locale."""

SPOKEN_LANGUAGES = (
    "en", "es", "ar", "am", "fa", "fr", "ht", "hmn", "km", "ko", "my", "ne", "pt", "ru", "so", "sw", "tl", "ti",
    "uk", "vi", "zh", "ase",
)  # fmt: skip
