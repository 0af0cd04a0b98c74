"""The pages: a listener's Home, Discover Weekly, an item and why it is here, You; what scientists read; signing in.

Comes in: a browser's requests. Goes out: server-rendered pages that read and navigate without
JavaScript, and events through ``serve.answers`` like every other client's.

=================  ===========================================================
``signing_in``     the session's cookie, its CSRF token, and who may see a page
``shell``          what every page shares
``forms``          the forms of our pages, read
``sessions``       signing in and out
``pages``          what is read: Home, an item, You
``whys``           why it is here, what one can say to that, and what saying it changed
``onboarding``     the five choices of the beginning
``lists``          Discover Weekly, the day's mixes, and how to take them elsewhere
``moments``        moments on now, and a listener's list of one
``moment_cards``   moments on now, as cards
``search``         what is found as one types, a settled search, and going on from it
``search_words``   search in plain words
``found``          what was found, as the templates of search show it
``episodes``       an episode: what is said in it, and where
``radio``          stations, and the player's endless mode
``history``        every listen by day, one of them, and what stands corrected
``taste``          what is believed of you
``taste_words``    flags on a day, in kind words
``visits``         your visits, and what one was read as
``signals``        for scientists: tables, success functions, measures, any visit
``studies``        for scientists: kept reports, and what they rest on
``leaderboards``   a collection's runs side by side, and each run's recipe
``reading_aloud``  what a visit was read as, in plain words
``editing``        for editors: every moment, its form, its items, its history
``editing_changes``  what editors keep, do by hand, undo and withdraw
``editing_forms``  a pool as the fields of a form, and back
``editing_acts``   one thing done by hand to one item of a pool
``editing_found``  what a pool finds in the catalogue
``editing_preview``  what any listener would be shown of a pool
``editing_results``  what happened with a pool's lists
``editing_words``  how a pool stands, when it is offered, what a version changed
``bringing``       bringing a history, live
``leaving``        taking along, and leaving
``acts``           what is said: love, ban, corrections, listens, impressions, choices
``cards``          decisions and items as the cards and rows templates show
``wording``        greetings, reasons, times and counts in plain words
``rules``          why a row was set aside, in plain words
``covers``         SVG drawn from an item where there is no artwork
``rendering``      templates, assets, the headers every page carries
=================  ===========================================================

``templates/`` holds Jinja2, ``static/`` hand-written CSS and JavaScript and, under
``static/vendor/``, htmx with its licence and SHA-256.
"""

from litestar import Router

from ritornello.serve.web import (
    acts,
    bringing,
    editing,
    editing_changes,
    editing_preview,
    editing_results,
    episodes,
    history,
    leaderboards,
    leaving,
    lists,
    moments,
    onboarding,
    pages,
    radio,
    search,
    sessions,
    signals,
    studies,
    taste,
    visits,
    whys,
)
from ritornello.serve.web.shell import as_page
from ritornello.serve.web.signing_in import SignInFirst, to_sign_in

router = Router(
    path="/",
    route_handlers=[
        pages.home,
        onboarding.choose_page,
        onboarding.choose,
        lists.lists,
        lists.download,
        lists.weekly,
        lists.mixes,
        lists.mix,
        moments.all_moments,
        moments.moment,
        search.search,
        search.typed,
        search.forget,
        episodes.episode,
        radio.stations,
        radio.begin,
        radio.station,
        radio.turn_on,
        radio.queue,
        history.history,
        history.corrections,
        history.listen,
        history.hours,
        taste.taste,
        taste.belief,
        visits.visits,
        visits.visit,
        signals.signals,
        signals.success,
        signals.measures,
        signals.visit,
        studies.kept_studies,
        studies.kept_report,
        leaderboards.collection,
        leaderboards.run,
        editing.edit_pools,
        editing.edit_new,
        editing.edit_pool,
        editing.edit_items,
        editing.edit_history,
        editing.edit_file,
        editing_preview.edit_preview,
        editing_results.edit_results,
        editing_changes.make_pool,
        editing_changes.keep_pool,
        editing_changes.found_now,
        editing_changes.take_file,
        editing_changes.act_by_hand,
        editing_changes.undo,
        editing_changes.withdraw,
        bringing.bring_page,
        bringing.bringing_page,
        bringing.faults_page,
        bringing.bring,
        bringing.stop_bringing,
        leaving.export_page,
        leaving.export,
        leaving.export_file,
        leaving.leave_page,
        leaving.leave,
        leaving.left,
        pages.item,
        whys.why,
        whys.correct,
        pages.you,
        pages.cover,
        pages.static,
        acts.act,
        acts.report,
        acts.preferences,
        acts.dial,
        sessions.sign_in_page,
        sessions.sign_in,
        sessions.sign_out,
    ],
    exception_handlers={SignInFirst: to_sign_in, Exception: as_page},
    include_in_schema=False,
)
