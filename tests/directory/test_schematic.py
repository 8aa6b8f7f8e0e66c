from directory.schematic import Point, sketch

MIDDLE = (42.05, -101.4)


def test_every_pin_lies_inside_and_north_is_up():
    pins = [Point(42.25, -101.4, "1"), Point(42.05, -101.9, "2"), Point(41.9, -101.2, "3")]
    drawn = sketch(MIDDLE, pins)
    assert [pin.label for pin in drawn.pins] == ["1", "2", "3"]
    assert all(14 <= pin.x <= drawn.width - 14 and 14 <= pin.y <= drawn.height - 14 for pin in drawn.pins)
    north, west, south_east = drawn.pins
    assert north.y < drawn.y and abs(north.x - drawn.x) < 0.1
    assert west.x < drawn.x and south_east.x > drawn.x and south_east.y > drawn.y


def test_a_ring_is_as_wide_as_it_says():
    mile = 1.609344 / 111.2
    drawn = sketch(MIDDLE, [Point(42.05 + 5 * mile, -101.4, "1")])
    radius = {miles: radius for radius, miles in drawn.rings}[5]
    assert abs((drawn.y - drawn.pins[0].y) - radius) < 0.3


def test_one_pin_in_the_middle_still_has_a_scale():
    drawn = sketch(MIDDLE, [Point(*MIDDLE, "1")])
    assert drawn.rings and drawn.pins[0][:2] == (drawn.x, drawn.y)


def test_names_never_lie_on_each_other_on_a_pin_or_outside():
    places = {
        "Alder Falls": 42.05,
        "Millbrook": 42.0501,
        "Harlow": 42.0502,
        "Quarry Point": 42.0503,
        "Far away": 43.9,
    }
    towns = [Point(latitude, -101.4, name) for name, latitude in places.items()]
    drawn = sketch(MIDDLE, [Point(*MIDDLE, "1")], towns)
    names = [town.label for town in drawn.towns]
    assert names[0] == "Alder Falls" and "Far away" not in names
    heights = sorted([drawn.pins[0].y, *(town.y for town in drawn.towns)])
    assert all(lower - upper >= 20 for upper, lower in zip(heights, heights[1:], strict=False))
