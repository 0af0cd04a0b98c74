"""Metadata is hostile: three hundred ways to smuggle a script in, each on every page, none works.

The policy that forbids foreign scripts is switched off for this, so that escaping alone has to hold.
"""

import itertools
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ritornello.catalog import items
from ritornello.kinds.decisions import Candidate, Decision, Reason, Shelf, Slot
from ritornello.kinds.events import Act, Listen
from ritornello.kinds.ids import uuid7
from ritornello.kinds.items import Artist, Track
from ritornello.serve import answers
from ritornello.surfaces.lists import PeriodList

pytestmark = pytest.mark.web

CALL = "window.ran=(window.ran||0)+1"
CARRIERS = (
    "<script>{call}</script>", "<ScRiPt>{call}</sCrIpT>", "<script/x>{call}</script>",
    "<img src=x onerror={call}>", '<img src=x onerror="{call}">', "<img/src=x/onerror={call}>",
    "<svg onload={call}>", "<svg><script>{call}</script></svg>", "<svg/onload={call}//",
    "<body onload={call}>", "<input autofocus onfocus={call}>", "<select autofocus onfocus={call}>",
    "<details open ontoggle={call}>", "<video><source onerror={call}></video>",
    "<audio src=x onerror={call}>", "<iframe srcdoc='<script>parent.ran=1</script>'>",
    "<iframe src=javascript:{call}>", "<a href=javascript:{call}>x</a>", "<object data=javascript:{call}>",
    "<embed src=javascript:{call}>", "<math><mtext></mtext><script>{call}</script></math>",
    "<form action=javascript:{call}><button>x</button></form>", "<marquee onstart={call}>",
    "<style onload={call}></style>", "<link rel=stylesheet href=x onerror={call}>",
    "<template><script>{call}</script></template><img src=x onerror={call}>",
    "<p style=animation-name:arrive onanimationstart={call}>", "<p hx-on:load='{call}' hx-trigger=load>",
    "<div hx-get=/you hx-trigger=load hx-vals='js:{{a:{call}}}'></div>", "<b data-play data-slot>",
)  # fmt: skip
ESCAPES = (
    "{0}", '">{0}', "'>{0}", "</title>{0}", "</a></p></li>{0}", "--><!-->{0}", "]]>{0}",
    '" onmouseover="{1}" x="{0}', "{{{{7*7}}}}{{% print 1 %}}{0}", "\u2028\u202e{0}\u0000\ufeff",
    "%22%3E{0}",
)  # fmt: skip
PAYLOADS = [
    escape.format(carrier.format(call=CALL), CALL)
    for carrier, escape in itertools.product(CARRIERS, ESCAPES)
]
LISTENER = "listener-50"
FEW = 40


def hostile_items() -> tuple[list[Artist], list[Track]]:
    artists = [Artist(item_id=f"artist:x{n}", title=payload) for n, payload in enumerate(PAYLOADS)]
    tracks = [
        Track(
            item_id=f"track:x{n}",
            title=payload,
            artist_ids=(f"artist:x{n}",),
            artist_name=payload,
            genres=(payload[:64],),
            moods=(payload[:64],),
            language=payload[:35],
            duration_ms=9000,
        )
        for n, payload in enumerate(PAYLOADS)
    ]
    return artists, tracks


def hostile_decision(site: Any, surface: str) -> Decision:
    """A page of one shelf with every hostile track, each because of another, under a hostile title."""
    now = site.service.now()
    ids = [f"track:x{n}" for n in range(len(PAYLOADS))]
    return Decision(
        decision_id=uuid7(now),
        listener_id=LISTENER,
        surface=surface,
        made_at=now,
        shelves=(
            Shelf(surface, PAYLOADS[3], "greedy", tuple(Candidate(i, "blend", 1.0) for i in ids)),
        ),
        slots=tuple(
            Slot(
                surface,
                n,
                item_id,
                1.0,
                PAYLOADS[n],
                1.0,
                (Reason("because_you_love", 1.0, item_id),),
            )
            for n, item_id in enumerate(ids)
        ),
        rung="personal",
        rung_because=PAYLOADS[7],
        policy_version=PAYLOADS[8],
        model_version=PAYLOADS[9],
        recipe_hash=PAYLOADS[10],
        period="2026-W47",
    )


@pytest.fixture
def poisoned(site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The site with the hostile catalogue in it, and answers made of nothing else."""
    artists, tracks = hostile_items()
    now = site.service.now()
    said = [
        Act(
            event_id=uuid7(now),
            listener_id=LISTENER,
            happened_at=now,
            act="love",
            about_id=t.item_id,
        )
        for t in tracks
    ]
    heard = [
        Listen(
            event_id=uuid7(now),
            listener_id=LISTENER,
            happened_at=now,
            item_id=t.item_id,
            started_at=now,
        )
        for t in tracks
    ]
    changes = items.changes([*artists, *tracks])
    site.service.writer.append([*said, *heard], changes=changes).result()
    made = {name: hostile_decision(site, name) for name in ("home", "discover_weekly")}
    listed = PeriodList(made["discover_weekly"], made["discover_weekly"].slots, now, now)

    async def home_page(*_: Any, **__: Any) -> Decision:
        return made["home"]

    async def weeklies(*_: Any, **__: Any) -> list[PeriodList]:
        return [listed]

    async def decision(_: Any, decision_id: Any, **__: Any) -> Decision:
        return next(one for one in made.values() if one.decision_id == decision_id)

    for answer in (home_page, weeklies, decision):
        monkeypatch.setattr(answers, answer.__name__, answer)
    return site


def ran(page: Page) -> int:
    page.wait_for_timeout(150)
    found: int = page.evaluate("window.ran ?? 0")
    return found


@pytest.fixture
def victim(poisoned: Any, browser: Any) -> Any:
    context = browser.new_context(base_url=poisoned.url, bypass_csp=True)
    context.add_cookies([{"name": "ritornello_listener", "value": LISTENER, "url": poisoned.url}])
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
    yield page
    context.close()


def test_the_corpus_is_large_and_would_run_if_it_could(victim: Page) -> None:
    assert len(set(PAYLOADS)) >= 300
    victim.goto("/sign-in")
    victim.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", PAYLOADS[33])
    assert ran(victim) > 0


@pytest.mark.parametrize(
    ("path", "n_shown"), [("/", 300), ("/weekly", 300), ("/you", 300), ("/history", 45)]
)
def test_nothing_runs_on_a_page_full_of_them(victim: Page, path: str, n_shown: int) -> None:
    victim.goto(path)
    assert ran(victim) == 0
    titles = victim.locator("#live a.title").all_text_contents()
    assert len(set(titles)) >= n_shown
    assert victim.locator("#live script, #live iframe, #live object, #live embed").count() == 0


@pytest.mark.parametrize(
    "path", ["/taste", "/lists", "/mixes", "/history/corrections", "/history?only=left_out"]
)
def test_nothing_runs_on_ones_own_pages(victim: Page, path: str) -> None:
    victim.goto(path)
    for link in victim.locator("a.why[data-panel]").all()[:FEW]:
        link.dispatch_event("click")
        expect(victim.locator("#panel h1")).not_to_be_empty()
    assert ran(victim) == 0


def test_nothing_runs_in_panels_notices_and_the_player(victim: Page) -> None:
    victim.goto("/")
    for n in range(0, len(PAYLOADS), len(PAYLOADS) // FEW):
        slot = victim.locator(f'#live [data-item="track:x{n}"]')
        slot.locator(".why").dispatch_event("click")
        expect(victim.locator("#panel h1")).to_contain_text(CALL if CALL in PAYLOADS[n] else "<")
        victim.evaluate("document.getElementById('panel').close()")
        slot.locator("[data-play]").dispatch_event("click")
    assert ran(victim) == 0
    victim.locator("#live .why").first.dispatch_event("click")
    victim.locator("#panel .love").click()
    expect(victim.locator("#notice")).not_to_be_empty()
    assert ran(victim) == 0


@pytest.mark.parametrize("kind", ["track", "artist"])
def test_nothing_runs_on_an_items_own_page(victim: Page, kind: str) -> None:
    for n in range(0, len(PAYLOADS), len(PAYLOADS) // FEW):
        victim.goto(f"/item/{kind}:x{n}?said=ban&about={kind}:x{n}")
        assert victim.evaluate("window.ran ?? 0") == 0
    assert ran(victim) == 0


def test_addresses_cannot_carry_a_script_into_a_page(victim: Page) -> None:
    for payload in PAYLOADS[::30]:
        for path in (
            "/sign-in?back=",
            "/weekly?week=",
            "/?said=",
            "/you?said=love&about=",
            "/item/",
            "/history?q=",
            "/history?on=",
            "/history?said=disown&about=",
            "/taste/why?about=",
            "/mixes/",
        ):
            victim.goto(path + payload.replace("\u0000", "").replace("%", "%25"))
            assert victim.evaluate("window.ran ?? 0") == 0
