from ritornello.surfaces import home


def decide(world, ladder, profile, **kw):
    situation = world.situation(profile, **kw)
    return home.decide(situation, world.home, ladder, remembered=lambda: None, counted=list)


def test_a_page_has_its_shelves(world, ladder, listener):
    page = decide(world, ladder, listener)
    assert page.rung == "personal", page.rung_because
    print([(s.name, s.title, len(s.shortlist)) for s in page.shelves])
    print(
        [
            (s.shelf, s.position, s.item_id, round(s.propensity, 3), s.reasons[:1])
            for s in page.slots
        ]
    )
    assert [s.name for s in page.shelves] == [
        "jump_back_in",
        "made_for_you",
        "because_you_played",
        "because_you_played_2",
        "new_for_you",
        "popular_now",
    ]
