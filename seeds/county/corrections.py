"""What an editor of the county would put right about needs: words alone do not always tell what a service is for."""

from collections.abc import Iterator

#: Needs that every service of a kind speaks to, whatever its words are.
BY_KIND: dict[str, tuple[str, ...]] = {
    "bike": ("transportation-insecurity",),
    "license": ("transportation-insecurity",),
    "medical-gear": ("material-hardship",),
    "maternity": ("primary-care",),
    "elder-safety": ("elder-abuse",),
    "information": ("sdoh-category-unspecified",),
    "case-management": ("sdoh-category-unspecified",),
    "disability": ("sdoh-category-unspecified",),
    "companionship": ("social-connection",),
    "apprenticeship": ("employment-status",),
}
BY_NAME: dict[str, tuple[str, ...]] = {
    "Home Share Match": ("housing-instability",),
    "Help at Home for Elders": ("sdoh-category-unspecified",),
    "Parents as Learners": ("protective-factor",),
    "Watched Visits and Hand-Overs": ("protective-factor",),
    "Social Worker at the Library": ("homelessness", "stress"),
    "Lead Test and Clean-Up": ("primary-care", "inadequate-housing"),
    "Fines to Hours": ("financial-insecurity", "incarceration-status"),
    "Seed and Canning Shelf": ("food-insecurity",),
    "Birth and Death Papers": ("sdoh-category-unspecified",),
    "Nurse for the New Baby": ("primary-care",),
    "Street Nurse Round": ("primary-care", "homelessness"),
    "Counseling in Your Own Language": ("trauma", "language-access"),
    "New Mothers' Mood Group": ("depression",),
    "Group for Low Mood": ("depression",),
    "Harbor Door Safe House": ("homelessness",),
    "Grandparents' Table": ("social-connection",),
    "Lantern Day Room": ("homelessness",),
    "Landing Drop-In": ("homelessness",),
    "Medicine Money Help": ("medical-cost-burden", "medication-management"),
    "Gap Fill Tonight": ("medical-cost-burden", "medication-management"),
}
#: Needs that the words seem to speak of and the service does not meet.
DENIED: dict[str, tuple[str, ...]] = {
    "License Back Clinic": ("primary-care",),
    "A Rest for Caregivers": ("primary-care",),
    "Calm Parents, Calm Kids": ("primary-care",),
    "Bike Kitchen Nights": ("food-insecurity",),
    "Paws and Pails": ("food-insecurity",),
    "Bowls for Pets": ("food-insecurity",),
    "Campground Pancakes": ("homelessness",),
    "Insurance for Safe Beginners": ("health-insurance-coverage-status",),
    "Interpreter for Your Appointment": ("housing-instability",),
    "Home Team": ("housing-instability",),
    "Steady on Your Feet": ("material-hardship",),
    "Hotspot to Go": ("stress",),
    "Gap Fill Tonight": ("stress", "primary-care"),
    "Medicine for Opioid Use": ("stress",),
    "Street Nurse Round": ("transportation-insecurity", "material-hardship"),
    "Dialysis Loop": ("material-hardship",),
    "Seven Bridges Doctor Rides": ("stress", "primary-care"),
    "Medicaid Ride Booking": ("stress", "substance-use", "primary-care"),
    "Phone and Internet Discounts": ("health-insurance-coverage-status",),
    "Golden Table Dining Rooms": ("primary-care",),
    "Steady Pharmacy Window": ("stress",),
    "Jail Letter Box": ("financial-insecurity",),
}


def corrections(name: str, kind: str) -> Iterator[tuple[str, bool]]:
    """Yield the needs of a service that an editor added (False) or took away (True)."""
    added = dict.fromkeys([*BY_KIND.get(kind, ()), *BY_NAME.get(name, ())])
    yield from ((need, False) for need in added)
    yield from ((need, True) for need in DENIED.get(name, ()) if need not in added)
